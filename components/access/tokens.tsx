'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { Ago, useNow } from '#components/format/ago.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Code, Empty, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { TokenView } from '#contracts/people.ts'
import { NewToken } from './new-token.tsx'
import { tokenTones } from './words.ts'

/** What programs of this person sign in with. */
export function Tokens() {
  const api = useTRPC()
  const cache = useQueryClient()
  const query = useQuery(api.tokens.list.queryOptions())
  const [making, setMaking] = useState(false)
  const again = () => cache.invalidateQueries({ queryKey: api.tokens.list.queryKey() })
  const revoke = useMutation(api.tokens.revoke.mutationOptions({ onSettled: again }))
  const make = (
    <Button icon={<KeyRound aria-hidden="true" />} onClick={() => setMaking(true)}>
      New token
    </Button>
  )
  return (
    <Section
      title="Tokens"
      lead="For programs. A token can do what both its scopes and your role allow, and never manage people, tokens or sessions."
      actions={make}
    >
      <Asked error={revoke.error} />
      <Loaded query={query} skeleton={<TableSkeleton what="the tokens" columns={4} rows={2} />}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Empty icon={KeyRound}>You have no tokens.</Empty>
          ) : (
            <TokenTable tokens={tokens} busy={revoke.isPending} onRevoke={(id) => revoke.mutate({ id })} />
          )
        }
      </Loaded>
      <NewToken open={making} onOpenChange={setMaking} onMade={() => void again()} />
    </Section>
  )
}

function TokenTable(props: { tokens: readonly TokenView[]; busy: boolean; onRevoke: (id: string) => void }) {
  const now = useNow()
  return (
    <Table
      caption="Your tokens"
      testId="tokens"
      rows={props.tokens}
      rowKey={({ id }) => id}
      columns={[
        {
          head: 'Name',
          cell: ({ name, scopes, state }) => (
            <span className="[overflow-wrap:anywhere]">
              {name}
              {/* A phone has no room for columns of these. */}
              <span className="flex flex-wrap gap-x-3 text-muted sm:hidden">
                <Status {...tokenTones[state]} /> {scopes.join(', ')}
              </span>
            </span>
          ),
        },
        { head: 'Begins with', from: 'md', cell: ({ prefix }) => <Code>{prefix}…</Code> },
        { head: 'Scopes', from: 'sm', cell: ({ scopes }) => scopes.join(', ') },
        { head: 'State', from: 'sm', cell: ({ state }) => <Status {...tokenTones[state]} /> },
        {
          head: 'Last used',
          from: 'sm',
          cell: ({ lastUsedAt }) => (lastUsedAt ? <Ago at={lastUsedAt} now={now} /> : 'Never'),
        },
        { head: 'From', from: 'lg', cell: ({ lastAddress }) => lastAddress ?? '–' },
        { head: 'Expires', from: 'md', cell: ({ expiresAt }) => (expiresAt ? <Time at={expiresAt} /> : 'Never') },
        {
          head: 'Action',
          cell: ({ id, name, state }) =>
            state === 'revoked' ? null : (
              <ConfirmButton
                label="Revoke"
                question={`Revoke ${name}?`}
                consequence="Programs that use it are refused from their next request on. It cannot be taken back."
                yes="Yes, revoke it"
                no="No"
                look="quiet"
                busy={props.busy}
                onConfirm={() => props.onRevoke(id)}
              />
            ),
        },
      ]}
    />
  )
}

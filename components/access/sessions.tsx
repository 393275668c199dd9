'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import { agentWords } from './words.ts'

/** The browsers in which this person is signed in. */
export function Sessions() {
  const api = useTRPC()
  const cache = useQueryClient()
  const query = useQuery(api.sessions.list.queryOptions())
  const again = () => cache.invalidateQueries({ queryKey: api.sessions.list.queryKey() })
  const revoke = useMutation(api.sessions.revoke.mutationOptions({ onSettled: again }))
  const others = useMutation(api.sessions.revokeOthers.mutationOptions({ onSettled: again }))
  return (
    <Section
      title="Sessions"
      lead="Where you are signed in. A session ends by itself after 7 days without use."
      actions={
        (query.data?.length ?? 0) > 1 && (
          <Button busy={others.isPending} onClick={() => others.mutate()}>
            End all others
          </Button>
        )
      }
    >
      <Asked error={revoke.error ?? others.error} />
      <Loaded query={query} skeleton={<TableSkeleton what="the sessions" columns={4} rows={2} />}>
        {(sessions) => (
          <Table
            caption="Your sessions"
            testId="sessions"
            rows={sessions}
            rowKey={({ id }) => id}
            columns={[
              {
                head: 'Browser',
                cell: ({ agent, address, createdAt }) => (
                  <>
                    <span title={agent ?? undefined}>{agentWords(agent)}</span>
                    <span className="block text-muted sm:hidden">
                      {address ?? 'Not known from where'}, since <Time at={createdAt} />
                    </span>
                  </>
                ),
              },
              { head: 'From', from: 'sm', cell: ({ address }) => address ?? 'Not known' },
              { head: 'Signed in', from: 'sm', cell: ({ createdAt }) => <Time at={createdAt} /> },
              { head: 'Ends', from: 'md', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              {
                head: 'Action',
                cell: ({ id, current }) =>
                  current ? (
                    <Status tone="ok" label="This one" />
                  ) : (
                    <Button look="quiet" busy={revoke.isPending} onClick={() => revoke.mutate({ id })}>
                      End
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  )
}

'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { personTones, roleWords } from '#components/access/words.ts'
import { Ago, useNow } from '#components/format/ago.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { TableSkeleton } from '#components/ui/skeleton.tsx'
import { Status } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { Person } from '#contracts/people.ts'
import { Invite } from './invite.tsx'
import { PersonDialog } from './person-dialog.tsx'

/** Who signs in here. `me` is the person who looks at it. */
export function People({ me }: { me: string }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const query = useQuery(api.people.list.queryOptions())
  const [inviting, setInviting] = useState(false)
  const [open, setOpen] = useState<string | null>(null)
  const again = () => void cache.invalidateQueries({ queryKey: api.people.list.queryKey() })
  const person = query.data?.find(({ id }) => id === open)
  return (
    <Section
      title="People"
      lead="Who signs in here, and what they may do. A change takes effect with their next click."
      actions={
        <Button look="primary" icon={<UserPlus aria-hidden="true" />} onClick={() => setInviting(true)}>
          Invite somebody
        </Button>
      }
    >
      <Loaded query={query} skeleton={<TableSkeleton what="the people" columns={5} rows={3} />}>
        {(people) => <PeopleTable people={people} me={me} onOpen={setOpen} />}
      </Loaded>
      <Invite open={inviting} onOpenChange={setInviting} onMade={again} />
      {person && (
        <PersonDialog person={person} isMe={person.id === me} onClose={() => setOpen(null)} onChanged={again} />
      )}
    </Section>
  )
}

function PeopleTable(props: { people: readonly Person[]; me: string; onOpen: (id: string) => void }) {
  const now = useNow()
  return (
    <Table
      caption="Who signs in here"
      testId="people"
      rows={props.people}
      rowKey={({ id }) => id}
      columns={[
        {
          head: 'Name',
          cell: ({ id, name, email, role, state, secondFactor }) => (
            <span className="[overflow-wrap:anywhere]">
              <span dir="auto" className="font-medium">
                {name}
              </span>
              {id === props.me && <span className="text-muted"> (you)</span>}
              <span className="block text-muted">{email}</span>
              {/* A phone has no room for columns of these. */}
              <span className="mt-0.5 flex flex-wrap gap-x-3 sm:hidden">
                <Status {...personTones[state]} />
                <span>{roleWords[role].label}</span>
                <span className="text-muted">{secondFactor ? 'second factor' : 'no second factor'}</span>
              </span>
            </span>
          ),
        },
        { head: 'Role', from: 'sm', cell: ({ role }) => roleWords[role].label },
        { head: 'State', from: 'sm', cell: ({ state }) => <Status {...personTones[state]} /> },
        {
          head: 'Second factor',
          from: 'md',
          cell: ({ secondFactor }) => (
            <Status tone={secondFactor ? 'ok' : 'unknown'} label={secondFactor ? 'Enabled' : 'None'} />
          ),
        },
        { head: 'Sessions', from: 'lg', numeric: true, cell: ({ sessions }) => sessions },
        { head: 'Tokens', from: 'lg', numeric: true, cell: ({ tokens }) => tokens },
        {
          head: 'Last seen',
          from: 'lg',
          cell: ({ lastSeenAt }) => (lastSeenAt ? <Ago at={lastSeenAt} now={now} /> : 'Never'),
        },
        {
          head: 'Action',
          cell: ({ id, name }) => (
            <Button aria-label={`Change ${name}`} onClick={() => props.onOpen(id)}>
              Change
            </Button>
          ),
        },
      ]}
    />
  )
}

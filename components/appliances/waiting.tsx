'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useMay } from '#components/access/who.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { EnrolmentView } from '#contracts/enrolment.ts'
import { type Asking, EnrolmentRequest } from './enrolment-request.tsx'

/** Appliances that wait for a person's word, and codes that may still be used. Nothing when there is neither. */
export function Waiting({ hidden }: { hidden: boolean }) {
  const api = useTRPC()
  const may = useMay()
  const query = useQuery(api.enrolments.list.queryOptions())
  const problem = query.error ? problemOf(query.error) : null
  const asking = (query.data ?? []).filter((one): one is Asking => one.state === 'pending' && one.request !== null)
  const open = (query.data ?? []).filter(({ state }) => state === 'offered')
  // The dialog shows them itself.
  if (hidden || !may('manage')) return null
  if (problem)
    return (
      <ProblemPanel
        problem={problem}
        title="Requests of appliances could not be read"
        actions={
          <Button busy={query.isFetching} onClick={() => void query.refetch()}>
            Try again
          </Button>
        }
      />
    )
  return (
    <>
      {asking.length > 0 && (
        <Section
          title={asking.length === 1 ? 'An appliance waits for you' : `${asking.length} appliances wait for you`}
        >
          <ul className="grid gap-3" data-testid="waiting">
            {asking.map((one) => (
              <li key={one.id}>
                <Card>
                  <EnrolmentRequest asking={one} />
                </Card>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {open.length > 0 && (
        <ul className="mb-4 grid gap-2" data-testid="open-codes">
          {open.map((one) => (
            <OpenCode key={one.id} enrolment={one} />
          ))}
        </ul>
      )}
    </>
  )
}

function OpenCode({ enrolment: { id, expiresAt } }: { enrolment: EnrolmentView }) {
  const api = useTRPC()
  const withdraw = useMutation(api.enrolments.withdraw.mutationOptions())
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted [&>*]:mb-0">
      <span>
        A pairing code can be used until <Time at={expiresAt} />.
      </span>
      <Button rule="manage" busy={withdraw.isPending} onClick={() => withdraw.mutate({ id })}>
        Withdraw it
      </Button>
      <Asked error={withdraw.error} />
    </li>
  )
}

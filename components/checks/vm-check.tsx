'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useEffect, useRef } from 'react'
import { useMay } from '#components/access/who.tsx'
import { useNow } from '#components/format/ago.tsx'
import { newerCheck } from '#components/live/reduce-checks.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { VmView } from '#contracts/views.ts'
import { CheckResult } from './check-result.tsx'
import { isRunning } from './words.ts'

// Replaced, not pushed: going back must not begin another check.
const flag = parseAsStringLiteral(['1']).withOptions({ history: 'replace' })

/** Whether a backup of the machine would work, tried on the spot. `?check=1` begins it. */
export function VmCheckSection({ vm }: { vm: VmView }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const now = useNow()
  const may = useMay()
  const [asked, setAsked] = useQueryState('check', flag)
  const query = useQuery(api.checks.newest.queryOptions({ vmId: vm.id }))
  const start = useMutation(
    api.checks.start.mutationOptions({
      onSuccess: (check) =>
        cache.setQueryData(api.checks.newest.queryKey({ vmId: vm.id }), (present) =>
          newerCheck(present ?? null, check),
        ),
    }),
  )
  const { mutate } = start
  const begun = useRef(false)
  useEffect(() => {
    if (asked === null) begun.current = false
    else if (!begun.current && may('backup')) {
      begun.current = true
      mutate({ vmId: vm.id })
      void setAsked(null)
    }
  }, [asked, setAsked, mutate, may, vm.id])
  const running = query.data ? isRunning(query.data, now) : false
  return (
    <Section
      title="Would a backup work?"
      actions={
        <Button
          rule="backup"
          icon={<ShieldCheck aria-hidden="true" />}
          busy={start.isPending || running}
          onClick={() => mutate({ vmId: vm.id })}
        >
          {start.isPending || running ? 'Checking…' : 'Check this VM'}
        </Button>
      }
    >
      <Card>
        {start.error && <ProblemPanel problem={problemOf(start.error)} title="Not checked" />}
        <Loaded query={query} skeleton={<p role="status">Reading the last check…</p>}>
          {(check) =>
            check === null ? (
              <p className="text-muted">
                Not checked yet. A check takes seconds: it opens the disks, asks both sides, and sends known bytes
                through the real tunnel into the repository and back. A running backup is not disturbed.
              </p>
            ) : (
              <CheckResult check={check} now={now} />
            )
          }
        </Loaded>
      </Card>
    </Section>
  )
}

'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { useNow } from '#components/format/ago.tsx'
import { reduceChecks } from '#components/live/reduce-checks.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { CheckResult } from './check-result.tsx'
import { isRunning } from './words.ts'

/** The last check of an appliance's own way to the hub, and another one. */
export function ApplianceCheck({ applianceId, paused }: { applianceId: string; paused: boolean }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const now = useNow()
  const { data, error } = useQuery(api.checks.appliances.queryOptions())
  const start = useMutation(
    api.checks.start.mutationOptions({
      onSuccess: (check) =>
        cache.setQueryData(api.checks.appliances.queryKey(), (all) => reduceChecks(all ?? [], check)),
    }),
  )
  const check = data?.find((one) => one.applianceId === applianceId)
  const busy = start.isPending || (check !== undefined && isRunning(check, now))
  const problem = start.error ?? error
  return (
    <div className="grid gap-2">
      {problem && <ProblemPanel problem={problemOf(problem)} title="Not checked" />}
      {check ? <CheckResult check={check} now={now} /> : data && <p className="text-muted">Not checked yet.</p>}
      <div>
        <Button
          rule="backup"
          icon={<ShieldCheck aria-hidden="true" />}
          busy={busy}
          disabled={paused}
          onClick={() => start.mutate({ applianceId })}
        >
          {busy ? 'Checking…' : 'Check its tunnel'}
        </Button>
      </div>
    </div>
  )
}

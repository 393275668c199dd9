'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { backupPath } from '#components/backups/job-table.tsx'
import { formatBytes } from '#components/format/bytes.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Link } from '#components/ui/link.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { isTerminal } from '#contracts/job.ts'
import type { VmView } from '#contracts/views.ts'

/** One click: a full backup into the chosen repository, then on to its page. */
export function BackUpNow({ vm }: { vm: VmView }) {
  const api = useTRPC()
  const router = useRouter()
  const { data: repositories = [] } = useQuery(api.repositories.list.queryOptions())
  const [chosen, setChosen] = useState('')
  const start = useMutation(api.backups.start.mutationOptions({ onSuccess: (job) => router.push(backupPath(job)) }))
  const repositoryId = chosen || repositories[0]?.id
  const running = vm.lastJob !== null && !isTerminal(vm.lastJob.state) ? vm.lastJob : null

  if (repositories.length === 0) {
    return (
      <p>
        There is no repository to back up into. <Link href="/repositories">Add one</Link>
      </p>
    )
  }
  return (
    <>
      {start.error && <ProblemPanel problem={problemOf(start.error)} title="Not started" />}
      <div className="flex flex-wrap items-center gap-2">
        <label htmlFor="repository" className="text-muted">
          Into
        </label>
        <select
          id="repository"
          value={repositoryId}
          onChange={(event) => setChosen(event.target.value)}
          className="h-8 max-w-full rounded-md border border-line bg-surface px-2"
        >
          {repositories.map(({ id, name, freeBytes }) => (
            <option key={id} value={id}>
              {name}
              {freeBytes !== null && ` (${formatBytes(freeBytes)} free)`}
            </option>
          ))}
        </select>
        <Button
          look="primary"
          busy={start.isPending || start.isSuccess}
          disabled={repositoryId === undefined}
          onClick={() => repositoryId && start.mutate({ vmId: vm.id, repositoryId, type: 'full' })}
        >
          {start.isPending ? 'Starting…' : 'Back up now'}
        </Button>
        {running && (
          <span>
            A backup runs: <Link href={backupPath(running)}>{running.backupId}</Link>
          </span>
        )}
      </div>
    </>
  )
}

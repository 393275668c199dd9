'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { ProbeLine } from '#components/ui/probe-result.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { Verdict } from '#contracts/diagnosis.ts'
import type { JobView } from '#contracts/views.ts'

/** What a button can do about the verdict. Cancelling has its button in the head of the page. */
export function Remedies({ job, verdict }: { job: JobView; verdict: Verdict }) {
  // What was asked is answered, also when the verdict is a better one by then.
  const [asked, setAsked] = useState<string | null>(null)
  const disk = job.disks.find(({ key }) => key === verdict.key)
  const offered = verdict.remedies.includes('probe-export') ? (disk?.exportName ?? null) : null
  const probe = offered ?? asked
  const restart = verdict.remedies.includes('restart-tunnel')
  if (!probe && !restart) return null
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {probe && (
        <ProbeExport
          key={probe}
          jobId={job.id}
          exportName={probe}
          offered={offered !== null}
          onAsk={() => setAsked(probe)}
        />
      )}
      {restart && <RestartTunnel jobId={job.id} />}
    </div>
  )
}

function ProbeExport(props: { jobId: string; exportName: string; offered: boolean; onAsk: () => void }) {
  const { jobId, exportName, offered, onAsk } = props
  const api = useTRPC()
  const say = useToast()
  const { data } = useQuery(api.exports.list.queryOptions())
  const probe = useMutation(
    api.exports.probe.mutationOptions({
      onError: (error) => say({ tone: 'bad', title: 'Could not be asked', detail: problemOf(error).happened }),
    }),
  )
  const found = data?.find((each) => each.jobId === jobId && each.exportName === exportName)
  if (!found) return null
  const ask = () => {
    onAsk()
    probe.mutate({ id: found.id })
  }
  return (
    <>
      {(offered || probe.isPending) && (
        <Button rule="probe" busy={probe.isPending} onClick={ask}>
          {probe.isPending ? 'Asking the export…' : 'Ask the export'}
        </Button>
      )}
      {probe.data && <ProbeLine result={probe.data} />}
    </>
  )
}

function RestartTunnel({ jobId }: { jobId: string }) {
  const api = useTRPC()
  const say = useToast()
  const restart = useMutation(
    api.tunnels.restart.mutationOptions({
      onSuccess: () => say({ tone: 'ok', title: 'The backup’s tunnel was ended; the appliance dials it again' }),
      onError: (error) => say({ tone: 'bad', title: 'Not restarted', detail: problemOf(error).happened }),
    }),
  )
  return (
    <ConfirmButton
      rule="manage"
      label={restart.isPending ? 'Restarting the tunnel…' : 'Restart the tunnel'}
      question="Restart this backup’s tunnel?"
      consequence="Its SSH session ends, the appliance dials another one, and the copy goes on with what the image lacks."
      yes="Yes, restart it"
      no="No, leave it"
      busy={restart.isPending}
      onConfirm={() => restart.mutate({ jobId })}
    />
  )
}

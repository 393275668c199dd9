'use client'

import { useMutation } from '@tanstack/react-query'
import { Pause, PhoneCall, Play, Radar, RefreshCw, ShieldX } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Status } from '#components/ui/status.tsx'
import type { ApplianceView } from '#contracts/views.ts'

/** What can be done about an appliance, and what each led to. */
export function useApplianceActions({ id, name, state, vmCount }: ApplianceView) {
  const api = useTRPC()
  const probe = useMutation(api.appliances.probe.mutationOptions())
  const refresh = useMutation(api.vms.refresh.mutationOptions())
  const dial = useMutation(api.tunnels.start.mutationOptions())
  const start = useMutation(api.appliances.start.mutationOptions())
  const stop = useMutation(api.appliances.stop.mutationOptions())
  const revoke = useMutation(api.appliances.revoke.mutationOptions())
  const failed = [probe, refresh, dial, start, stop, revoke].find(({ error }) => error !== null)?.error
  const away = state === 'paused'
  const machines = vmCount === 1 ? 'its machine' : `its ${vmCount} machines`

  const buttons =
    state === 'revoked' ? null : (
      <div className="flex flex-wrap items-center gap-2">
        <Button
          rule="probe"
          icon={<Radar aria-hidden="true" />}
          busy={probe.isPending}
          disabled={away}
          onClick={() => probe.mutate({ id })}
        >
          {probe.isPending ? 'Asking…' : 'Probe'}
        </Button>
        <Button
          rule="backup"
          icon={<RefreshCw aria-hidden="true" />}
          busy={refresh.isPending}
          disabled={state !== 'online'}
          onClick={() => refresh.mutate({ applianceId: id })}
        >
          {refresh.isPending ? 'Asking…' : 'Refresh inventory'}
        </Button>
        <Button
          rule="manage"
          icon={<PhoneCall aria-hidden="true" />}
          busy={dial.isPending}
          disabled={away}
          onClick={() => dial.mutate({ applianceId: id })}
        >
          {dial.isPending ? 'Dialling again…' : 'Dial again'}
        </Button>
        {away ? (
          <ConfirmButton
            rule="manage"
            label="Let in again"
            icon={<Play aria-hidden="true" />}
            look="primary"
            question={`Let ${name} in again?`}
            consequence={`Its key goes back in. It dials by itself within some seconds, and backups of ${machines} can start again.`}
            yes="Yes, let it in"
            no="No"
            busy={start.isPending}
            onConfirm={() => start.mutate({ id })}
          />
        ) : (
          <ConfirmButton
            rule="manage"
            label="Pause"
            icon={<Pause aria-hidden="true" />}
            look="plain"
            question={`Pause ${name}?`}
            consequence={`Its key is taken out and its sessions end: backups of ${machines} cannot start until you let it in again. Restore points stay, and a running backup is never cut: while there is one, this is refused.`}
            yes="Yes, pause it"
            no="No"
            busy={stop.isPending}
            onConfirm={() => stop.mutate({ id })}
          />
        )}
        <ConfirmButton
          rule="manage"
          label="Revoke"
          icon={<ShieldX aria-hidden="true" />}
          question={`Revoke ${name}?`}
          consequence={`At once, and for good: its key is taken out, its tunnels end, the hub forgets its token, and its running backups are cancelled. Restore points of ${machines} stay. It comes back only by a new pairing code that you approve.`}
          yes="Yes, revoke it"
          no="No"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate({ id })}
        />
      </div>
    )

  const outcomes = (
    <>
      <Asked error={failed} probe={probe.data} />
      {refresh.data && <Inventory found={refresh.data.found} problems={refresh.data.problems} />}
    </>
  )
  return { buttons, outcomes, any: Boolean(failed || probe.data || refresh.data) }
}

function Inventory({ found, problems }: { found: number; problems: readonly string[] }) {
  const machines = found === 1 ? '1 virtual machine' : `${found} virtual machines`
  return (
    <div role="status" data-testid="inventory-result">
      <Status tone={problems.length > 0 ? 'warn' : 'ok'} label={`It sees ${machines}.`} wrap />
      {problems.length > 0 && (
        <ul className="mt-1 list-disc ps-5">
          {problems.map((words) => (
            <li key={words} className="break-words">
              {words}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

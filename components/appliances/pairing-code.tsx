'use client'

import { useMutation } from '@tanstack/react-query'
import { Countdown } from '#components/format/countdown.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { Command } from '#components/ui/command.tsx'
import { CopyButton } from '#components/ui/copy.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Status } from '#components/ui/status.tsx'
import type { NewPairingCode } from '#contracts/enrolment.ts'
import { Step } from './tell-it.tsx'
import { enrollCommand, onlyFromHere } from './words.ts'

/** A code that waits for its appliance. It is in no other place: when this is closed it is gone from view. */
export function PairingCode({ made }: { made: NewPairingCode }) {
  const api = useTRPC()
  const withdraw = useMutation(api.enrolments.withdraw.mutationOptions())
  const { enrolment, code, sshHost, hubFingerprint } = made
  return (
    <div className="grid gap-4" data-testid="pairing-code">
      {onlyFromHere({ sshHost }) && (
        <Notice tone="warn" title={`The hub takes appliances only at ${sshHost}`}>
          An appliance on another machine cannot dial there. Set SENDENSE_SSH_HOST to an address that it reaches, or to
          0.0.0.0, and restart the hub.
        </Notice>
      )}
      <Step title="On the appliance, as root">
        <Command text={enrollCommand(location.origin)} label="Copy the command that enrols it" />
      </Step>
      <Step title="It asks for this code">
        <div className="flex items-start justify-between gap-2 rounded-md border border-line bg-sunken py-2 ps-3 pe-1">
          <code
            className="min-w-0 py-1 font-mono text-base leading-7 tracking-wide [overflow-wrap:anywhere]"
            data-testid="code"
          >
            {code}
          </code>
          <CopyButton text={code} label="Copy the code" />
        </div>
        <p className="mt-1.5 text-muted">
          For one appliance, once, for the next <Countdown until={enrolment.expiresAt} />. It is shown only now. It
          carries the fingerprint of this hub, so the appliance knows that it talks to this one:{' '}
          <code className="break-all font-mono text-code">{hubFingerprint}</code>
        </p>
      </Step>
      <p role="status">
        <Status tone="busy" label="Waiting for the appliance. Its request appears here by itself." wrap />
      </p>
      <Asked error={withdraw.error} />
      <DialogActions>
        <Button
          rule="manage"
          look="danger"
          busy={withdraw.isPending}
          onClick={() => withdraw.mutate({ id: enrolment.id })}
        >
          {withdraw.isPending ? 'Withdrawing…' : 'Withdraw the code'}
        </Button>
      </DialogActions>
    </div>
  )
}

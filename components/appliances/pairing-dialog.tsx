'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useTRPC } from '#components/trpc/client.tsx'
import { Asked } from '#components/ui/asked.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Status } from '#components/ui/status.tsx'
import type { EnrolmentView } from '#contracts/enrolment.ts'
import { type Asking, EnrolmentRequest } from './enrolment-request.tsx'
import { PairingCode } from './pairing-code.tsx'

/** Adds an appliance by a pairing code, from the code to the approval. */
export function PairAppliance(props: { open: boolean; onOpenChange: (open: boolean) => void; byHand: () => void }) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title="Add an appliance"
      description="It asks with a pairing code, and you approve it by its key. Then it dials in to this hub by SSH, and can do nothing else here."
      wide
    >
      <Pair onDone={() => props.onOpenChange(false)} byHand={props.byHand} />
    </Dialog>
  )
}

const endings: Partial<Record<EnrolmentView['state'], string>> = {
  withdrawn: 'The code is withdrawn: nobody can use it any more.',
  expired: 'The time is over: the code can no longer be used.',
  rejected: 'Rejected. The appliance is told so, and nothing of it was let in.',
}

function Pair({ onDone, byHand }: { onDone: () => void; byHand: () => void }) {
  const api = useTRPC()
  const offer = useMutation(api.enrolments.offer.mutationOptions())
  const { data: all } = useQuery(api.enrolments.list.queryOptions())
  const made = offer.data
  const now = made && (all?.find(({ id }) => id === made.enrolment.id) ?? made.enrolment)

  if (made && now?.state === 'offered') return <PairingCode made={made} />
  if (now?.state === 'pending' && now.request) return <EnrolmentRequest asking={now as Asking} />
  if (now?.state === 'approved') return <Approved enrolment={now} onDone={onDone} />
  return (
    <>
      {now && (
        <p role="status" className="mb-4">
          <Status tone="unknown" label={endings[now.state] ?? ''} wrap />
        </p>
      )}
      {!now && (
        <ol className="grid list-decimal gap-1.5 ps-5">
          <li>Make a code here. It holds for 15 minutes.</li>
          <li>On the appliance, start one command and paste the code.</li>
          <li>Compare the key that both show, and approve.</li>
        </ol>
      )}
      <div className="mt-4 [&>*]:mb-0">
        <Asked error={offer.error} />
      </div>
      <DialogActions>
        <Button look="quiet" onClick={byHand}>
          Let one in by its key
        </Button>
        <Button look="primary" busy={offer.isPending} onClick={() => offer.mutate()}>
          {offer.isPending ? 'Making a code…' : now ? 'Make another code' : 'Make a code'}
        </Button>
      </DialogActions>
    </>
  )
}

function Approved({ enrolment, onDone }: { enrolment: EnrolmentView; onDone: () => void }) {
  const api = useTRPC()
  const { data } = useQuery(api.appliances.list.queryOptions())
  const appliance = data?.find(({ id }) => id === enrolment.applianceId)
  const online = appliance?.state === 'online'
  return (
    <div data-testid="approved">
      <p role="status">
        {online ? (
          <Status tone="ok" label={`${appliance.name} is let in and online.`} wrap />
        ) : (
          <Status
            tone="busy"
            label={`${appliance?.name ?? 'It'} is let in. It dials by itself within some seconds.`}
            wrap
          />
        )}
      </p>
      <p className="mt-2 text-muted">
        {online
          ? 'Its machines are listed under Virtual machines.'
          : 'If it stays away: “sendense-appliance doctor” there says what is missing.'}
      </p>
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </div>
  )
}

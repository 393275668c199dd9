'use client'

import { useMutation } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { ApplianceView } from '#contracts/views.ts'
import { TellIt } from './tell-it.tsx'

/** What is to be said about an appliance that is not simply online. */
export function ApplianceNotice({ appliance }: { appliance: ApplianceView }) {
  const { state, problem, lastSeenAt } = appliance
  switch (state) {
    case 'online':
      return problem ? <ProblemPanel problem={problem} title="Something is wrong" /> : null
    case 'paused':
      return (
        <Notice tone="warn" title="Paused by somebody">
          Its key is out, so it cannot dial in, and backups of its machines cannot start. Restore points are not
          affected. Let it in again when it may work.
        </Notice>
      )
    case 'revoked':
      return (
        <Notice tone="unknown" title="Revoked">
          Its key is out for good, and the hub has forgotten its token. Its restore points are not affected. Add it
          again with a new pairing code: with the same key or name it takes its old place, and its machines go on.
        </Notice>
      )
    case 'mismatch':
      return problem ? <ProblemPanel problem={problem} title="Hub and appliance are of different versions" /> : null
    case 'offline':
      // The hub's own fault: nothing that the appliance does mends it.
      if (problem?.code === 'internal') return <ProblemPanel problem={problem} title="The hub cannot speak to it" />
      if (lastSeenAt === null) return <NeverSeen appliance={appliance} />
      return (
        <Notice tone="bad" title="It is not connected" actions={<HowToJoin appliance={appliance} />}>
          <p>
            It was last seen <Time at={lastSeenAt} />. It dials again by itself, so a restart of the hub or a short cut
            mends itself. Finished backups are not affected.
          </p>
          <p className="mt-1.5">
            If it stays away: see on the appliance whether its service runs and reaches the hub’s SSH port.
          </p>
        </Notice>
      )
  }
}

function NeverSeen({ appliance }: { appliance: ApplianceView }) {
  return (
    <Notice tone="unknown" title="It has not dialled in yet" actions={<HowToJoin appliance={appliance} />}>
      It may. Tell it where the hub is, and start it.
    </Notice>
  )
}

function HowToJoin({ appliance: { id, name } }: { appliance: ApplianceView }) {
  const api = useTRPC()
  const ask = useMutation(api.appliances.howToJoin.mutationOptions())
  return (
    <>
      <Button rule="manage" busy={ask.isPending} onClick={() => ask.mutate({ id })}>
        What it must be told
      </Button>
      <Dialog
        open={ask.data !== undefined || ask.error !== null}
        onOpenChange={(open) => !open && ask.reset()}
        title={`What ${name} must be told`}
        wide
      >
        {ask.error && <ProblemPanel problem={problemOf(ask.error)} title="Could not be asked" />}
        {ask.data && <TellIt hub={ask.data} />}
      </Dialog>
    </>
  )
}

'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton, Dialog } from '#components/ui/dialog.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Person } from '#contracts/people.ts'
import { RoleField } from './invite.tsx'
import { TheLink } from './the-link.tsx'

interface Props {
  person: Person
  isMe: boolean
  onClose: () => void
  onChanged: () => void
}

/** What may be done with one person: each at once, each said before. */
export function PersonDialog({ person, isMe, onClose, onChanged }: Props) {
  return (
    <Dialog open onOpenChange={(open) => open || onClose()} title={person.name} description={person.email}>
      <PersonForm person={person} isMe={isMe} onClose={onClose} onChanged={onChanged} />
    </Dialog>
  )
}

function PersonForm({ person, isMe, onClose, onChanged }: Props) {
  const api = useTRPC()
  const { id, name } = person
  const [role, setRole] = useState(person.role)
  const changed = { onSuccess: onChanged }
  const save = useMutation(api.people.setRole.mutationOptions(changed))
  const disable = useMutation(api.people.setDisabled.mutationOptions(changed))
  const end = useMutation(api.people.endAccess.mutationOptions(changed))
  const factor = useMutation(api.people.turnOffSecondFactor.mutationOptions(changed))
  const link = useMutation(api.people.passwordLink.mutationOptions())
  const gone = () => {
    onChanged()
    onClose()
  }
  const remove = useMutation(api.people.remove.mutationOptions({ onSuccess: gone }))
  const all = [save, disable, end, factor, link, remove]
  const busy = all.some(({ isPending }) => isPending)
  const error = all.map((one) => one.error).find((one) => one !== null)
  if (link.data) return <TheLink link={link.data} name={name} onDone={onClose} />
  return (
    <>
      {error && <ProblemPanel problem={problemOf(error)} title="Not changed" />}
      <RoleField value={role} onChange={setRole} />
      <Button
        look="primary"
        busy={save.isPending}
        disabled={role === person.role || busy}
        onClick={() => save.mutate({ id, role })}
      >
        Save the role
      </Button>
      <div className="mt-5 flex flex-wrap gap-2 border-line border-t pt-4">
        <ConfirmButton
          label="New password link"
          question={`Make a link that replaces the password of ${name}?`}
          consequence="You hand it to them. Their second factor stays; their sessions end when they use it."
          yes="Yes, make it"
          no="No"
          look="plain"
          disabled={busy}
          onConfirm={() => link.mutate({ id })}
        />
        <ConfirmButton
          label="End sessions and tokens"
          question={`Sign ${name} out everywhere?`}
          consequence={`${person.sessions} sessions end and ${person.tokens} tokens are revoked for good.`}
          yes="Yes, end them"
          no="No"
          look="plain"
          disabled={busy}
          onConfirm={() => end.mutate({ id })}
        />
        {person.secondFactor && (
          <ConfirmButton
            label="Turn second factor off"
            question={`Turn the second factor of ${name} off?`}
            consequence="For somebody who lost phone and recovery codes. Be sure that it is they who ask."
            yes="Yes, turn it off"
            no="No"
            look="plain"
            disabled={busy}
            onConfirm={() => factor.mutate({ id })}
          />
        )}
        {person.state === 'disabled' ? (
          <Button disabled={busy} onClick={() => disable.mutate({ id, disabled: false })}>
            Enable
          </Button>
        ) : (
          <ConfirmButton
            label="Disable"
            question={isMe ? 'Disable yourself?' : `Disable ${name}?`}
            consequence="They are signed out at once and cannot sign in; their tokens do not count. It can be taken back."
            yes="Yes, disable"
            no="No"
            look="plain"
            disabled={busy}
            onConfirm={() => disable.mutate({ id, disabled: true })}
          />
        )}
        <ConfirmButton
          label="Remove"
          question={isMe ? 'Remove yourself?' : `Remove ${name}?`}
          consequence="Their sessions and tokens go with them. What they did stays in the audit trail."
          yes="Yes, remove"
          no="No"
          disabled={busy}
          onConfirm={() => remove.mutate({ id })}
        />
      </div>
    </>
  )
}

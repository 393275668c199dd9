'use client'

import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { roleWords } from '#components/access/words.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field, SelectField } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { type Role, roles } from '#contracts/access.ts'
import { TheLink } from './the-link.tsx'

interface Props {
  open: boolean
  onOpenChange: (open: boolean) => void
  onMade: () => void
}

/** Name, address, role; then the link by which they choose a password. */
export function Invite({ open, onOpenChange, onMade }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Invite somebody"
      description="You get a link to hand to them. The hub sends no mail."
    >
      <InviteForm onMade={onMade} onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

function InviteForm({ onMade, onDone }: { onMade: () => void; onDone: () => void }) {
  const api = useTRPC()
  const invite = useMutation(api.people.invite.mutationOptions({ onSuccess: onMade }))
  const problem = invite.error ? problemOf(invite.error) : null
  if (invite.data) return <TheLink link={invite.data.link} name={invite.data.person.name} onDone={onDone} />

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    invite.mutate({ name: text('name'), email: text('email'), role: text('role') as Role })
  }
  return (
    <form method="post" onSubmit={submit}>
      {problem && problem.field === undefined && <ProblemPanel problem={problem} title="Not invited" />}
      <Field name="name" label="Name" required maxLength={100} autoComplete="off" problem={problem} />
      <Field name="email" label="Email" type="email" required autoComplete="off" problem={problem} />
      <RoleField />
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button look="primary" type="submit" busy={invite.isPending}>
          {invite.isPending ? 'Inviting…' : 'Make the link'}
        </Button>
      </DialogActions>
    </form>
  )
}

/** Which role, each with what it may. */
export function RoleField({ value, onChange }: { value?: Role; onChange?: (role: Role) => void }) {
  const chosen = value === undefined ? { defaultValue: 'viewer' } : { value }
  return (
    <SelectField
      name="role"
      label="Role"
      {...chosen}
      onChange={onChange && ((event) => onChange(event.target.value as Role))}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {roleWords[role].label}: {roleWords[role].what}
        </option>
      ))}
    </SelectField>
  )
}

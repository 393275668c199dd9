'use client'

import { type FormEvent, useState } from 'react'
import { postAuth } from '#components/auth/call.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { Problem } from '#contracts/problem.ts'

/** A new password for the person who is signed in; every other session of theirs ends. */
export function PasswordDialog(props: { email: string; open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title="Change password"
      description="You stay signed in here. Every other browser that is signed in as you is signed out."
    >
      <PasswordForm email={props.email} onDone={() => props.onOpenChange(false)} />
    </Dialog>
  )
}

function PasswordForm({ email, onDone }: { email: string; onDone: () => void }) {
  const say = useToast()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    const failed = await postAuth('/change-password', {
      currentPassword: form.get('currentPassword'),
      newPassword: form.get('newPassword'),
      revokeOtherSessions: true,
    })
    setBusy(false)
    setProblem(failed)
    if (failed) return
    say({ tone: 'ok', title: 'Password changed' })
    onDone()
  }
  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="Not changed" />}
      {/* For password managers: whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <Field name="currentPassword" label="Present password" type="password" autoComplete="current-password" required />
      <Field
        name="newPassword"
        label="New password"
        hint="12 characters or more."
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={128}
        required
      />
      <DialogActions>
        <Button onClick={onDone}>Keep the present one</Button>
        <Button look="primary" type="submit" busy={busy}>
          {busy ? 'Changing…' : 'Change password'}
        </Button>
      </DialogActions>
    </form>
  )
}

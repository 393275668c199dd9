'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field, SelectField } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { ShownOnce } from '#components/ui/shown-once.tsx'
import { type Scope, scopes } from '#contracts/access.ts'
import { scopeWords } from './words.ts'

interface Props {
  open: boolean
  onOpenChange: (open: boolean) => void
  onMade: () => void
}

/** Name, scopes and age; then the token, this once. */
export function NewToken({ open, onOpenChange, onMade }: Props) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New token"
      description="For one program, so that it can be revoked alone."
    >
      <TokenForm onMade={onMade} onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

function TokenForm({ onMade, onDone }: { onMade: () => void; onDone: () => void }) {
  const api = useTRPC()
  const [chosen, setChosen] = useState<readonly Scope[]>(['read'])
  const create = useMutation(api.tokens.create.mutationOptions({ onSuccess: onMade }))
  const problem = create.error ? problemOf(create.error) : null
  if (create.data) return <TheToken token={create.data.token} onDone={onDone} />

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const days = Number(form.get('expiresInDays'))
    create.mutate({ name: String(form.get('name')), scopes: [...chosen], expiresInDays: days === 0 ? null : days })
  }
  const toggle = (scope: Scope, on: boolean) =>
    setChosen(on ? [...chosen, scope] : chosen.filter((other) => other !== scope))
  return (
    <form method="post" onSubmit={submit}>
      {problem && problem.field !== 'name' && <ProblemPanel problem={problem} title="Not made" />}
      <Field
        name="name"
        label="Name"
        hint="What uses it, like nightly-backup."
        required
        maxLength={63}
        autoComplete="off"
        problem={problem}
      />
      <fieldset className="mb-4">
        <legend className="mb-1 font-medium">Scopes</legend>
        {scopes.map((scope) => (
          <label key={scope} className="flex min-h-8 items-center gap-2 pointer-coarse:min-h-10">
            <input
              type="checkbox"
              checked={chosen.includes(scope)}
              onChange={(event) => toggle(scope, event.target.checked)}
              className="size-4 accent-[var(--accent)]"
            />
            <span>
              <strong className="font-medium">{scopeWords[scope].label}</strong>
              <span className="text-muted">: {scopeWords[scope].what}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <SelectField name="expiresInDays" label="Expires" defaultValue="365">
        <option value="30">In 30 days</option>
        <option value="90">In 90 days</option>
        <option value="365">In a year</option>
        <option value="0">Never</option>
      </SelectField>
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button look="primary" type="submit" busy={create.isPending} disabled={chosen.length === 0}>
          {create.isPending ? 'Making…' : 'Make the token'}
        </Button>
      </DialogActions>
    </form>
  )
}

function TheToken({ token, onDone }: { token: string; onDone: () => void }) {
  return (
    <ShownOnce text={token} label="Copy the token" testId="new-token" onDone={onDone}>
      It is shown this once: the hub keeps only its hash. Whoever has it can use it.
    </ShownOnce>
  )
}

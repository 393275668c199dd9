'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Command } from '#components/ui/command.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field, TextField } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import { Step, TellIt } from './tell-it.tsx'
import { initCommand, tokenCommand } from './words.ts'

/** Lets an appliance in by what it printed, and says what it must be told. */
export function RegisterAppliance({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      rule="manage"
      open={open}
      onOpenChange={onOpenChange}
      title="Let an appliance in"
      description="An appliance dials in to the hub by SSH, with a key of its own. It can do nothing else here."
      wide
    >
      <Register onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

function Register({ onDone }: { onDone: () => void }) {
  const api = useTRPC()
  const [name, setName] = useState('')
  const register = useMutation(api.appliances.register.mutationOptions())
  const problem = register.error ? problemOf(register.error) : null
  if (register.data) {
    const { appliance, hub } = register.data
    return (
      <div data-testid="registered">
        <p role="status" className="mb-4">
          <Status tone="ok" label={`${appliance.name} may dial in.`} wrap /> Now it must be told where.
        </p>
        <TellIt hub={hub} />
        <DialogActions>
          <Button look="primary" onClick={onDone}>
            Done
          </Button>
        </DialogActions>
      </div>
    )
  }
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (field: string) => String(data.get(field) ?? '')
    register.mutate({ name: text('name'), publicKey: text('publicKey'), apiToken: text('apiToken') })
  }
  return (
    <form method="post" onSubmit={submit}>
      <Field
        name="name"
        label="Name"
        required
        maxLength={63}
        autoComplete="off"
        problem={problem}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="mb-4 grid gap-3">
        <Step title="On the appliance, make its keys; then show its token">
          <div className="grid gap-2">
            <Command text={initCommand(name.trim() || 'node-1')} label="Copy the command that makes its keys" />
            <Command text={tokenCommand} label="Copy the command that shows its token" />
          </div>
        </Step>
      </div>
      {problem && problem.field === undefined && <ProblemPanel problem={problem} title="Not let in" />}
      <TextField
        name="publicKey"
        label="Public key"
        hint="What init printed as publicKey: one line that starts with ssh-ed25519."
        required
        autoComplete="off"
        spellCheck={false}
        problem={problem}
      />
      <Field
        name="apiToken"
        label="API token"
        hint="Kept encrypted; the hub shows it to nobody."
        type="password"
        required
        autoComplete="off"
        problem={problem}
      />
      <DialogActions>
        <Button look="primary" type="submit" busy={register.isPending}>
          {register.isPending ? 'Letting it in…' : 'Let it in'}
        </Button>
      </DialogActions>
    </form>
  )
}

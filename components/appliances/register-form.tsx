'use client'

import { useMutation } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { type FormEvent, useRef } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Field, TextField } from '#components/ui/field.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { AppRouter } from '#server/trpc/routers/_app.ts'

type Registered = inferRouterOutputs<AppRouter>['appliances']['register']

const initCommand = 'sendense-appliance init --data /var/lib/sendense-appliance --name <name>'

/** Lets an appliance in by what it printed, and says what it must be told. */
export function RegisterAppliance() {
  const api = useTRPC()
  const form = useRef<HTMLFormElement>(null)
  const register = useMutation(api.appliances.register.mutationOptions({ onSuccess: () => form.current?.reset() }))
  const problem = register.error ? problemOf(register.error) : null
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name) ?? '')
    register.mutate({ name: text('name'), publicKey: text('publicKey'), apiToken: text('apiToken') })
  }
  return (
    <Section title="Register an appliance">
      <Card>
        {register.data && <TellIt registered={register.data} />}
        <form ref={form} method="post" onSubmit={submit} className="max-w-lg">
          {problem && <ProblemPanel problem={problem} title="Not registered" />}
          <p className="mb-2">On the appliance, run this first. It makes its keys and prints what belongs below:</p>
          <Block text={initCommand} />
          <Field name="name" label="Name" required maxLength={63} autoComplete="off" problem={problem} />
          <TextField
            name="publicKey"
            label="Public key"
            hint="One line that starts with ssh-ed25519."
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
          <Button look="primary" type="submit" busy={register.isPending}>
            {register.isPending ? 'Registering…' : 'Register appliance'}
          </Button>
        </form>
      </Card>
    </Section>
  )
}

function TellIt({ registered: { appliance, hub } }: { registered: Registered }) {
  return (
    <div role="status" className="mb-6" data-testid="registered">
      <p className="mb-2">
        <Status tone="ok" label="Registered" /> {appliance.name}. Now tell it about the hub, as “hub” in its
        config.json, and start it with <code className="font-mono">sendense-appliance run</code>:
      </p>
      <Block text={JSON.stringify({ hub }, null, 2)} />
    </div>
  )
}

function Block({ text }: { text: string }) {
  return (
    <pre className="mb-4 overflow-x-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-2 font-mono text-code">
      {text}
    </pre>
  )
}

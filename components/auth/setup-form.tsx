'use client'

import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { postAuth } from './call.ts'
import { useFragment } from './fragment.ts'

/** First run: the token comes from the link's fragment, or is typed. */
export function SetupForm() {
  const api = useTRPC()
  const fragment = useFragment()
  const [done, setDone] = useState(false)
  const create = useMutation(api.setup.createAdministrator.mutationOptions())
  const problem = create.error ? problemOf(create.error) : null

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const input = { name: text('name'), email: text('email'), password: text('password') }
    try {
      await create.mutateAsync({ ...input, token: text('token') || fragment || '' })
    } catch {
      return
    }
    setDone(true)
    const failed = await postAuth('/sign-in/email', { email: input.email, password: input.password })
    location.replace(failed ? '/sign-in' : '/')
  }

  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="The administrator was not created" />}
      {fragment && problem?.field !== 'token' ? (
        <p className="mb-4 text-muted">The setup token came with the link.</p>
      ) : (
        <Field
          name="token"
          label="Setup token"
          hint="It stands on the hub, in the file secrets/setup-token of the hub’s home: /var/lib/sendense, or where its start says."
          autoComplete="off"
          spellCheck={false}
          required
          problem={problem}
        />
      )}
      <Field name="name" label="Name" autoComplete="name" required maxLength={100} problem={problem} />
      <Field name="email" label="Email" type="email" autoComplete="username" required problem={problem} />
      <Field
        name="password"
        label="Password"
        hint="12 characters or more."
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={128}
        required
        problem={problem}
      />
      <Button
        look="primary"
        type="submit"
        className="mt-1 w-full"
        busy={create.isPending || done}
        disabled={fragment === undefined}
      >
        {create.isPending || done ? 'Creating the administrator…' : 'Create the administrator'}
      </Button>
    </form>
  )
}

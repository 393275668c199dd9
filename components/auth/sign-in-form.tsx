'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'
import { askAuth } from './call.ts'
import { SecondFactorForm } from './second-factor-form.tsx'

export function SignInForm({ next }: { next: string }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [codeNeeded, setCodeNeeded] = useState(false)
  // A full load: everything that was rendered for a stranger goes.
  const enter = () => location.assign(next)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    const { answer, problem: failed } = await askAuth<{ twoFactorRedirect?: boolean }>('/sign-in/email', {
      email: form.get('email'),
      password: form.get('password'),
    })
    setProblem(failed)
    if (!failed && !answer.twoFactorRedirect) return enter()
    setBusy(false)
    if (!failed) setCodeNeeded(true)
  }

  if (codeNeeded) return <SecondFactorForm onDone={enter} onBack={() => setCodeNeeded(false)} />
  return (
    // "post", so that a click before the script is there never puts a password into an address.
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="Not signed in" />}
      <Field name="email" label="Email" type="email" autoComplete="username" required />
      <Field name="password" label="Password" type="password" autoComplete="current-password" required />
      <Button look="primary" type="submit" className="mt-1 w-full" busy={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}

'use client'

import { type FormEvent, useState } from 'react'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { Link } from '#components/ui/link.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'
import { askAuth } from './call.ts'
import { useFragment } from './fragment.ts'

/** Trades the link's token for a password that the person chooses; then they sign in with it. */
export function PasswordByLink() {
  const token = useFragment()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [email, setEmail] = useState<string | null>(null)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = new FormData(event.currentTarget).get('password')
    setBusy(true)
    const { answer, problem: failed } = await askAuth<{ email: string }>('/sign-in/password', { token, password })
    setBusy(false)
    setProblem(failed)
    if (!failed) setEmail(answer.email)
  }

  if (token === '') return <p>This address carries no token. Use the link as you got it, whole.</p>
  if (email !== null)
    return (
      <>
        <p role="status">
          The password is kept. Sign in as <strong className="font-medium">{email}</strong> with it.
        </p>
        <Link data-plain href="/sign-in" className={`${buttonClass('primary')} mt-4 w-full`}>
          Sign in
        </Link>
      </>
    )
  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="The password was not kept" />}
      <Field
        name="password"
        label="New password"
        hint="12 characters or more."
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={128}
        required
      />
      <Button look="primary" type="submit" className="mt-1 w-full" busy={busy} disabled={token === undefined}>
        {busy ? 'Keeping it…' : 'Keep this password'}
      </Button>
    </form>
  )
}

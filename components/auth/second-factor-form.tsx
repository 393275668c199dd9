'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'
import { postAuth } from './call.ts'

/** The second question at the door: the authenticator's code, or a recovery code. */
export function SecondFactorForm({ onDone, onBack }: { onDone: () => void; onBack: () => void }) {
  const [busy, setBusy] = useState(false)
  const [lost, setLost] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code')).trim()
    setBusy(true)
    const failed = lost
      ? await postAuth('/two-factor/verify-backup-code', { code })
      : await postAuth('/two-factor/verify-totp', { code: code.replaceAll(' ', '') })
    setProblem(failed)
    if (failed) setBusy(false)
    else onDone()
  }

  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="Not signed in" />}
      {lost ? (
        <Field
          key="lost"
          name="code"
          label="Recovery code"
          hint="Each works once."
          autoComplete="off"
          spellCheck={false}
          autoFocus
          required
        />
      ) : (
        <Field
          key="code"
          name="code"
          label="Code of your authenticator"
          hint="Six digits. Each code works once."
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          required
        />
      )}
      <Button look="primary" type="submit" className="mt-1 w-full" busy={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
      <div className="mt-3 flex flex-wrap justify-between gap-2">
        <Button look="quiet" onClick={() => setLost(!lost)}>
          {lost ? 'Use the authenticator' : 'Use a recovery code'}
        </Button>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  )
}

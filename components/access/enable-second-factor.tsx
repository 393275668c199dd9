'use client'

import { type FormEvent, useState } from 'react'
import { encode } from 'uqr'
import { postAuth } from '#components/auth/call.ts'
import { Button } from '#components/ui/button.tsx'
import { Copyable, CopyButton } from '#components/ui/copy.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'

/** What the hub told of the factor that is being enabled: once. */
export interface Enabling {
  totpURI: string
  backupCodes: string[]
}

/** The picture for the authenticator, the recovery codes, and the first code as a proof that it works. */
export function EnableSecondFactor({ enabling, onDone }: { enabling: Enabling; onDone: () => void }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const secret = new URL(enabling.totpURI).searchParams.get('secret') ?? ''
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code')).replaceAll(' ', '')
    setBusy(true)
    const failed = await postAuth('/two-factor/verify-totp', { code })
    setBusy(false)
    setProblem(failed)
    if (!failed) onDone()
  }
  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title="Not enabled yet" />}
      <p>1. Read this picture with your authenticator, or type the key.</p>
      <div className="my-3 flex flex-wrap items-center gap-4">
        <QrCode text={enabling.totpURI} />
        <span className="min-w-0 flex-1" data-testid="totp-secret">
          <Copyable text={secret} label="Copy the key" />
        </span>
      </div>
      <p className="flex flex-wrap items-center gap-1">
        2. Keep these recovery codes where your phone is not. Each opens once.
        <CopyButton text={enabling.backupCodes.join('\n')} label="Copy the recovery codes" />
      </p>
      <ul
        className="my-3 grid grid-cols-2 gap-x-4 gap-y-1 rounded-md bg-sunken p-3 font-mono text-code"
        data-testid="recovery-codes"
      >
        {enabling.backupCodes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Field
        name="code"
        label="3. The code it shows now"
        hint="Six digits."
        inputMode="numeric"
        autoComplete="one-time-code"
        required
      />
      <DialogActions>
        <Button look="primary" type="submit" busy={busy}>
          {busy ? 'Trying…' : 'Enable it'}
        </Button>
      </DialogActions>
    </form>
  )
}

/** Black on white in both themes: that is what cameras read. Made here, so that the key goes nowhere. */
function QrCode({ text }: { text: string }) {
  const { size, data } = encode(text, { border: 3 })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      className="size-44 rounded-md bg-white"
      role="img"
      aria-label="Picture of the key, for an authenticator app"
    >
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  )
}

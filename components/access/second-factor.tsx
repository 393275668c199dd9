'use client'

import { ShieldCheck, ShieldOff } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { askAuth, postAuth } from '#components/auth/call.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { Problem } from '#contracts/problem.ts'
import { EnableSecondFactor, type Enabling } from './enable-second-factor.tsx'

/** Whether an authenticator is asked for at sign-in, and the way there and back. */
export function SecondFactor({ enabled }: { enabled: boolean }) {
  const router = useRouter()
  const say = useToast()
  const [asking, setAsking] = useState(false)
  const [enabling, setEnabling] = useState<Enabling | null>(null)
  const close = () => {
    setAsking(false)
    setEnabling(null)
  }
  function done(title: string) {
    close()
    say({ tone: 'ok', title })
    router.refresh()
  }
  return (
    <Section title="Second factor" lead="A code of an authenticator app on your phone, asked for after the password.">
      <Card>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <Status tone={enabled ? 'ok' : 'unknown'} label={enabled ? 'Asked for at sign-in' : 'Not enabled'} />
          <Button
            icon={enabled ? <ShieldOff aria-hidden="true" /> : <ShieldCheck aria-hidden="true" />}
            onClick={() => setAsking(true)}
          >
            {enabled ? 'Turn it off' : 'Enable'}
          </Button>
        </div>
      </Card>
      <Dialog
        open={asking}
        onOpenChange={(open) => (open ? setAsking(true) : close())}
        title={enabled ? 'Turn the second factor off' : 'Enable a second factor'}
        description={enabling ? undefined : 'Your password first: whoever finds this page open must not change it.'}
      >
        {enabling ? (
          <EnableSecondFactor enabling={enabling} onDone={() => done('The second factor is enabled')} />
        ) : (
          <PasswordFirst
            off={enabled}
            onEnabling={setEnabling}
            onOff={() => done('The second factor is off')}
            onCancel={close}
          />
        )}
      </Dialog>
    </Section>
  )
}

interface PasswordProps {
  off: boolean
  onEnabling: (enabling: Enabling) => void
  onOff: () => void
  onCancel: () => void
}

function PasswordFirst({ off, onEnabling, onOff, onCancel }: PasswordProps) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = new FormData(event.currentTarget).get('password')
    setBusy(true)
    if (off) {
      const failed = await postAuth('/two-factor/disable', { password })
      setProblem(failed)
      if (!failed) onOff()
    } else {
      const { answer, problem: failed } = await askAuth<Enabling>('/two-factor/enable', { password })
      setProblem(failed)
      if (!failed) onEnabling(answer)
    }
    setBusy(false)
  }
  return (
    <form method="post" onSubmit={submit}>
      {problem && <ProblemPanel problem={problem} title={off ? 'Not turned off' : 'Not enabled'} />}
      <Field name="password" label="Password" type="password" autoComplete="current-password" required />
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button look={off ? 'danger' : 'primary'} type="submit" busy={busy}>
          {off ? 'Turn it off' : 'Go on'}
        </Button>
      </DialogActions>
    </form>
  )
}

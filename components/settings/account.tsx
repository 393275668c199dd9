'use client'

import { KeyRound, LogOut } from 'lucide-react'
import { useState } from 'react'
import { roleLabel } from '#components/access/words.ts'
import { signOut } from '#components/auth/sign-out.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Facts, Section } from '#components/ui/layout.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'
import { PasswordDialog } from './password-dialog.tsx'

export interface Person {
  name: string
  email: string
  role: string
}

/** Who is signed in, and the way out. */
export function Account({ person }: { person: Person }) {
  const [leaving, setLeaving] = useState(false)
  const [changing, setChanging] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  async function leave() {
    setLeaving(true)
    const failed = await signOut()
    setProblem(failed)
    setLeaving(failed === null)
  }
  return (
    <Section title="Account">
      {problem && <ProblemPanel problem={problem} title="Not signed out" />}
      <Card>
        <Facts
          items={{
            Name: person.name,
            Email: person.email,
            Role: roleLabel(person.role),
          }}
        />
        <div className="mt-4 flex flex-wrap gap-2">
          <Button icon={<KeyRound aria-hidden="true" />} onClick={() => setChanging(true)}>
            Change password
          </Button>
          <Button icon={<LogOut aria-hidden="true" />} busy={leaving} onClick={() => void leave()}>
            {leaving ? 'Signing out…' : 'Sign out'}
          </Button>
        </div>
      </Card>
      <PasswordDialog email={person.email} open={changing} onOpenChange={setChanging} />
    </Section>
  )
}

'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { signOut } from '#components/auth/sign-out.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Code, Facts, PageHeader, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { Problem } from '#contracts/problem.ts'

export function Settings({ person }: { person: { name: string; email: string; role: string } }) {
  return (
    <>
      <PageHeader title="Settings" />
      <Section title="Account">
        <Card>
          <Facts
            items={{
              Name: person.name,
              Email: person.email,
              Role: person.role,
            }}
          />
          <SignOut />
        </Card>
      </Section>
      <Section title="This hub">
        <Health />
      </Section>
    </>
  )
}

function SignOut() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  async function leave() {
    setBusy(true)
    const failed = await signOut()
    setProblem(failed)
    setBusy(failed === null)
  }
  return (
    <div className="mt-4">
      {problem && <ProblemPanel problem={problem} title="Not signed out" />}
      <Button busy={busy} onClick={() => void leave()}>
        {busy ? 'Signing out…' : 'Sign out'}
      </Button>
    </div>
  )
}

const word = (ok: boolean) => <Status tone={ok ? 'ok' : 'bad'} label={ok ? 'Answers' : 'Does not answer'} />

function Health() {
  const api = useTRPC()
  const query = useQuery(api.system.health.queryOptions())
  return (
    <Card>
      <Loaded query={query}>
        {(health) => (
          <Facts
            items={{
              Build: <Code>{health.buildId}</Code>,
              Database: word(health.database),
              Engine: word(health.engine),
            }}
          />
        )}
      </Loaded>
      <div className="mt-4">
        <Button busy={query.isFetching} onClick={() => void query.refetch()}>
          {query.isFetching ? 'Asking…' : 'Ask again'}
        </Button>
      </div>
    </Card>
  )
}

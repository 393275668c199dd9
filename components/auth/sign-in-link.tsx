'use client'

import { useEffect, useRef, useState } from 'react'
import { Link } from '#components/ui/link.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import type { Problem } from '#contracts/problem.ts'
import { postAuth } from './call.ts'
import { useFragment } from './fragment.ts'

/** Trades the link's token for a session. */
export function SignInLink() {
  const token = useFragment()
  const spent = useRef(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  useEffect(() => {
    if (!token || spent.current) return
    spent.current = true
    void postAuth('/sign-in/link', { token }).then((failed) => (failed ? setProblem(failed) : location.replace('/')))
  }, [token])

  if (token === '') return <p>This address carries no token. Use the link as it was printed, whole.</p>
  if (!problem) return <p role="status">Signing in…</p>
  return (
    <>
      <ProblemPanel
        title="Not signed in"
        problem={{ ...problem, remedy: problem.remedy ?? 'Ask for a new link, or sign in with your password.' }}
      />
      <Link href="/sign-in">Sign in with a password</Link>
    </>
  )
}

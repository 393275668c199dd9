'use client'

import { createContext, type ReactNode, useCallback, useContext } from 'react'
import { type RuleName, roleMay } from '#contracts/access.ts'

const Role = createContext<string | null>(null)

/** Tells what is below which role the person has who looks at it. */
export function WhoProvider({ role, children }: { role: string; children: ReactNode }) {
  return <Role value={role}>{children}</Role>
}

/** Whether the person's role may: what would be refused is not offered. True where nobody is signed in. */
export function useMay(): (rule: RuleName | undefined) => boolean {
  const role = useContext(Role)
  return useCallback((rule) => rule === undefined || role === null || roleMay(role, rule), [role])
}

/** Shows what is in it to whom the rule lets do it. */
export function May({ rule, children }: { rule: RuleName; children: ReactNode }) {
  return useMay()(rule) ? children : null
}

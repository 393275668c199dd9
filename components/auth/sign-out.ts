import type { Problem } from '#contracts/problem.ts'
import { postAuth } from './call.ts'

/** Ends the session and goes to the sign-in page. Answers the problem when the hub refused. */
export async function signOut(): Promise<Problem | null> {
  const failed = await postAuth('/sign-out', {})
  if (!failed) location.assign('/sign-in')
  return failed
}

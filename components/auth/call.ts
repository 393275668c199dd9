import type { Problem } from '#contracts/problem.ts'

/** What an endpoint of /api/auth said: its answer, or the problem in words. */
export type AuthAnswer<T> = { answer: T; problem: null } | { answer: null; problem: Problem }

/** Posts to an endpoint of /api/auth. Its answer may set the session cookie. */
export async function askAuth<T>(path: string, body: object): Promise<AuthAnswer<T>> {
  const failed = (problem: Problem) => ({ answer: null, problem })
  let response: Response
  try {
    response = await fetch(`/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  } catch {
    return failed({ code: 'unavailable', happened: 'The hub does not answer.', remedy: 'Wait a moment and try again.' })
  }
  const answer = (await response.json().catch(() => null)) as { message?: string; problem?: Problem } | null
  if (response.ok) return { answer: answer as T, problem: null }
  if (answer?.problem) return failed(answer.problem)
  const limited = response.status === 429
  return failed({
    code: limited ? 'busy' : response.status >= 500 ? 'internal' : 'unauthenticated',
    happened: answer?.message ?? `The hub answered with status ${response.status}.`,
    ...(limited ? { remedy: 'Wait, then try again.' } : {}),
  })
}

/**
 * The same, for who needs no answer.
 * @returns null when it went well, else the problem in words
 */
export async function postAuth(path: string, body: object): Promise<Problem | null> {
  return (await askAuth(path, body)).problem
}

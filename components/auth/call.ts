import type { Problem } from '#contracts/problem.ts'

/**
 * Posts to an endpoint of /api/auth. The answer sets the session cookie.
 * @returns null when it went well, else the problem in words
 */
export async function postAuth(path: string, body: object): Promise<Problem | null> {
  let response: Response
  try {
    response = await fetch(`/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  } catch {
    return { code: 'unavailable', happened: 'The hub does not answer.', remedy: 'Wait a moment and try again.' }
  }
  if (response.ok) return null
  const answer = (await response.json().catch(() => null)) as { message?: string; problem?: Problem } | null
  if (answer?.problem) return answer.problem
  const limited = response.status === 429
  return {
    code: limited ? 'busy' : response.status >= 500 ? 'internal' : 'unauthenticated',
    happened: answer?.message ?? `The hub answered with status ${response.status}.`,
    ...(limited ? { remedy: 'Wait a minute, then try again.' } : {}),
  }
}

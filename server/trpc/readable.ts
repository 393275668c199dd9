import { ProblemError } from '#contracts/problem.ts'

/** True for text that PostgreSQL, file systems and JSON all take. */
const isText = (text: string) => text.isWellFormed() && !text.includes('\0')

/**
 * Refuses an input that has text in it which is none, at any depth: a NUL character, or half of a surrogate pair. What of them
 * reached the database would be its error and ours.
 * @throws ProblemError `bad_input`
 */
export function requireText(input: unknown): void {
  const rest: unknown[] = [input]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value === 'string' && !isText(value))
      throw new ProblemError({
        code: 'bad_input',
        happened: 'The input holds text that is none: a NUL character, or half of a surrogate pair.',
        safe: 'Nothing was changed.',
      })
    if (typeof value !== 'object' || value === null) continue
    // One by one: a list can be longer than a call may have arguments.
    for (const [key, inner] of Object.entries(value)) rest.push(key, inner)
  }
}

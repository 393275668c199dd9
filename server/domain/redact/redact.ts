import { GONE, rules } from './patterns.ts'

/** Shorter ones would take words out of sentences. */
const SHORTEST = 6

export interface Redacted {
  text: string
  /** How many things were taken out. */
  count: number
}

/** The ways in which a secret may stand in a text. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, json, encodeURIComponent(secret), bytes.toString('base64'), bytes.toString('base64url')]
}

/**
 * Makes what takes secrets out of a text: the ones that are known by their value, in every spelling, and whatever looks like
 * one. Pure.
 */
export function createRedactor(known: Iterable<string>): (text: string) => Redacted {
  const secrets = [...known].filter((secret) => secret.length >= SHORTEST)
  const values = [...new Set(secrets.flatMap(spellings))].toSorted((a, b) => b.length - a.length)
  return (text) => {
    let count = 0
    let left = text
    for (const secret of values) {
      const parts = left.split(secret)
      count += parts.length - 1
      left = parts.join(GONE)
    }
    for (const [pattern, by] of rules)
      left = left.replace(pattern, (whole, ...groups) => {
        const rest = by.replace('$1', () => String(groups[0] ?? ''))
        if (rest !== whole) count++
        return rest
      })
    return { text: left, count }
  }
}

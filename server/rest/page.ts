import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'

/** Where a page ended: the sort key of its last line. */
export type SortKey = readonly [string, string]
const keySchema = z.tuple([z.string().max(1000), z.string().max(100)])

/** A cursor as clients hold it: opaque, safe in an address. */
export function toCursor(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** @throws ProblemError `bad_input` for what this hub never gave out */
export function fromCursor(cursor: string): SortKey {
  try {
    return keySchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    const happened = 'cursor: is not one that this hub gave out'
    const remedy = 'Begin without a cursor, then send next_cursor of each answer as it is.'
    throw new ProblemError({ code: 'bad_input', field: 'cursor', happened, remedy }, { cause })
  }
}

const compare = (a: SortKey, b: SortKey) => {
  const [x, y] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]]
  return x < y ? -1 : x > y ? 1 : 0
}

/**
 * One page of a list that is here whole. What comes or goes between two pages moves nothing else: a page begins behind
 * the sort key where the one before it ended, whether that line is still there or not.
 */
export function pageOf<T>(
  all: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
  keyOf: (item: T) => SortKey,
): { items: T[]; nextCursor: string | null } {
  const after = cursor === undefined ? null : fromCursor(cursor)
  const sorted = all.map((item) => ({ item, key: keyOf(item) })).toSorted((a, b) => compare(a.key, b.key))
  const rest = after === null ? sorted : sorted.filter(({ key }) => compare(key, after) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { items: page.map(({ item }) => item), nextCursor: last && rest.length > limit ? toCursor(last.key) : null }
}

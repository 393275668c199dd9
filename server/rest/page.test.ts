import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromCursor, pageOf, type SortKey, toCursor } from './page.ts'

const line = fc.record({ name: fc.string({ unit: 'binary', maxLength: 8 }), id: fc.uuid() })
const lines = fc.uniqueArray(line, { selector: ({ id }) => id, maxLength: 40 })
const keyOf = ({ name, id }: { name: string; id: string }): SortKey => [name, id]
const limits = fc.integer({ min: 1, max: 7 })

/** All pages, one after the other; `between` may change the list after each. */
function walk(all: { name: string; id: string }[], limit: number, between = (list: typeof all) => list) {
  const seen: typeof all = []
  let cursor: string | undefined
  for (let list = all, turn = 0; turn <= 100; turn++, list = between(list)) {
    const page = pageOf(list, { cursor, limit }, keyOf)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    seen.push(...page.items)
    if (page.nextCursor === null) return seen
    cursor = page.nextCursor
  }
  throw new Error('the pages do not end')
}

it('the pages together are the list, each line once', () => {
  fc.assert(
    fc.property(lines, limits, (all, limit) => {
      const seen = walk(all, limit)
      expect(seen.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted())
    }),
  )
})

it('what goes away between two pages takes nothing else along, and nothing comes twice', () => {
  fc.assert(
    fc.property(lines, limits, fc.nat(), (all, limit, which) => {
      const gone = new Set<string>()
      const seen = walk(all, limit, (list) => {
        const victim = list[which % Math.max(1, list.length)]
        if (victim) gone.add(victim.id)
        return list.filter(({ id }) => id !== victim?.id)
      })
      const ids = seen.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const { id } of all) if (!gone.has(id)) expect(ids).toContain(id)
    }),
  )
})

it('a cursor comes back as it was, and what is none is refused with its field', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.uuid(), (name, id) => {
      const cursor = toCursor([name, id])
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(fromCursor(cursor)).toEqual([name, id])
    }),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        fromCursor(text)
      } catch (error) {
        expect(error).toMatchObject({ problem: { code: 'bad_input', field: 'cursor' } })
      }
    }),
  )
  expect(() => fromCursor('!')).toThrow('cursor')
})

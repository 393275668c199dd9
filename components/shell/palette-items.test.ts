import { expect, it } from 'vitest'
import { findItems, type PaletteItem } from './palette-items.ts'

const items: PaletteItem[] = [
  { id: 'p', group: 'Pages', label: 'Backups' },
  { id: 'a', group: 'Actions', label: 'Add a repository', words: 'storage path' },
  { id: 'v', group: 'Virtual machines', label: 'db backup 01', hint: 'node-1' },
]

const ids = (query: string) => findItems(items, query).map(({ id }) => id)

it('shows pages and actions before anything is typed', () => expect(ids('  ')).toEqual(['p', 'a']))
it('finds by all words, in any order', () => expect(ids('01 NODE')).toEqual(['v']))
it('finds by words that are not shown', () => expect(ids('storage')).toEqual(['a']))
it('puts what begins with the query first', () => expect(ids('backup')).toEqual(['p', 'v']))
it('answers nothing when nothing matches', () => expect(ids('zzz')).toEqual([]))
it('is bounded', () => {
  const many = Array.from(
    { length: 1000 },
    (_, id): PaletteItem => ({ ...items[2], id: String(id), group: 'Virtual machines', label: `vm ${id}` }),
  )
  expect(findItems(many, 'vm').length).toBe(40)
})

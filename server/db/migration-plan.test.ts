import { expect, test } from 'vitest'
import { type Migration, planMigrations } from './migration-plan.ts'

const migration = (name: string): Migration => ({ name, sql: '', checksum: `sum of ${name}` })
const applied = (name: string, change = {}) => ({ name, checksum: `sum of ${name}`, finished: true, ...change })
const known = ['1_init', '2_more', '3_last'].map(migration)
const names = (plan: Migration[]) => plan.map(({ name }) => name)

test('applies what is missing, in order', () => {
  expect(names(planMigrations(known, []))).toEqual(['1_init', '2_more', '3_last'])
  expect(names(planMigrations(known, [applied('1_init')]))).toEqual(['2_more', '3_last'])
  expect(
    names(
      planMigrations(
        known,
        known.map(({ name }) => applied(name)),
      ),
    ),
  ).toEqual([])
})

test.each([
  ['a newer hub', [applied('1_init'), applied('9_future')], /newer version/],
  ['an edited file', [applied('1_init', { checksum: 'other' })], /another form/],
  ['one that never finished', [applied('1_init', { finished: false })], /never finished/],
  ['one that comes too late', [applied('1_init'), applied('3_last')], /2_more.*older than "3_last"/],
])('refuses %s', (_, rows, words) => {
  expect(() => planMigrations(known, rows)).toThrow(words)
})

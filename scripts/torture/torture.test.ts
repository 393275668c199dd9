import { describe, expect, it } from 'vitest'
import type { Fault } from '#e2e/world/faults/fault.ts'
import { createRandom } from '../seed/random.ts'
import { parseOptions } from './options.ts'
import { planCases } from './plan.ts'
import { table, withTable } from './table.ts'

const fault = (name: string, phases: Fault['phases']): Fault => ({
  ...{ name, phases, part: 'engine', fails: null },
  inject: async () => null,
})
const faults = [fault('a', ['planned', 'copying']), fault('b', ['copying'])]
const shape = (seed: number, count: number) =>
  planCases(faults, count, createRandom(seed).next).map(({ fault: { name }, phase, delayMs }) => [name, phase, delayMs])

describe('the plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(shape(4, 30)).toEqual(shape(4, 30))
    expect(shape(4, 30)).not.toEqual(shape(5, 30))
  })

  it('has every pair of fault and phase before one comes again', () => {
    const pairs = shape(1, 6).map(([name, phase]) => `${name} ${phase}`)
    expect(new Set(pairs.slice(0, 3)).size).toBe(3)
    expect(new Set(pairs.slice(3)).size).toBe(3)
  })
})

describe('the table', () => {
  const record = { fault: 'a', phase: 'copying' as const, outcome: 'failed' as const, code: 'copy_failed', wrongs: [] }
  it('counts how cases ended, and shows what is wrong', () => {
    const lines = table([
      { ...record, noticedSeconds: 0.4 },
      { ...record, noticedSeconds: 1.2 },
      { ...record, outcome: 'completed', code: null, noticedSeconds: null },
      { ...record, wrongs: ['left: a process'], noticedSeconds: null },
    ])
    const row = '| a | copying | 4 | 2 failed (copy_failed), 1 completed, 1 **wrong** | 1.2 (≤ 1.2) |'
    expect(lines.at(-1)).toBe(row)
  })

  it('takes its place in the page, and nothing else', () => {
    const page = 'before\n<!-- torture: written by npm run torture -- --write -->\nold\n<!-- /torture -->\nafter\n'
    const written = withTable(page, ['new'])
    expect(written).toBe(page.replace('\nold\n', '\n\nnew\n\n'))
    expect(withTable(written, ['new'])).toBe(written)
    expect(() => withTable('no place', [])).toThrow(/lacks/)
  })
})

it('options are whole numbers', () => {
  expect(parseOptions(['--cases', '300', '--seed', '7'])).toMatchObject({ cases: 300, seed: 7, jobs: 1, only: null })
  expect(() => parseOptions(['--cases', 'many'])).toThrow(/whole number/)
})

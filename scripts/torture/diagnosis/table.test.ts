import { expect, it } from 'vitest'
import { parseOptions } from './options.ts'
import { confusionTable, type Row, withTable } from './table.ts'

const row = (given: Partial<Row>): Row => ({
  ...{ fault: 'ssh stopped', verdict: 'stalled at tunnel', right: true, seconds: 4, falseAlarms: 0 },
  ...given,
})

it('counts verdicts, the right ones, seconds and false alarms of each fault', () => {
  const rows = [
    row({ seconds: 3 }),
    row({ seconds: 9.04 }),
    row({ verdict: 'slow at source', right: false, falseAlarms: 1 }),
    row({ fault: 'healthy: a file', verdict: null, seconds: null }),
  ]
  expect(confusionTable(rows).slice(2)).toEqual([
    '| healthy: a file | 1 | 1 calm | 1 of 1 | – | – | 0 |',
    '| ssh stopped | 3 | 2 stalled at tunnel, 1 slow at source | 2 of 3 | 4.0 | 9.0 | 1 |',
  ])
})

it('stands between the marks of its page, and nowhere else', () => {
  const page =
    'before\n<!-- confusion: written by npm run torture -- --diagnosis --write -->\nold\n<!-- /confusion -->\nafter'
  const written = withTable(page, ['new'])
  expect(written).toContain('before')
  expect(written).toContain('\n\nnew\n\n<!-- /confusion -->\nafter')
  expect(written).not.toContain('old')
  expect(() => withTable('a page without', [])).toThrow('lacks')
})

it('refuses what it does not understand', () => {
  expect(parseOptions(['--diagnosis', '--seed', '7'])).toMatchObject({ cases: 10, healthy: 20, seed: 7, jobs: 5 })
  expect(() => parseOptions(['--cases', '0'])).toThrow('--cases')
})

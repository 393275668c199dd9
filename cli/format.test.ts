import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { exits } from './exit.ts'
import { bytes, plain, plainLines, table } from './format.ts'
import { pick } from './names.ts'

it('figures are short and have their units', () => {
  expect([0, 1, 1023, 1536, 102 * 2 ** 30, null].map(bytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.50 KiB',
    '102 GiB',
    '–',
  ])
})

it('a table stands in columns, and names do nothing to the terminal', () => {
  const columns = [
    { title: 'NAME', of: ({ name }: { name: string }) => plain(name) },
    { title: 'N', right: true, of: ({ name }: { name: string }) => String(name.length) },
  ]
  expect(
    table([{ name: 'a' }, { name: 'lo\u001b[31mng' }], columns)
      .split('\n')
      .slice(1),
  ).toEqual(['a          1', 'lo\ufffd[31mng  9'])
  expect(plainLines('a\n\u009b2J')).toBe('a\n\ufffd2J')
})

it('what is meant is found by name or id, and a wrong name is told with those there are', () => {
  const list = [
    { id: '1', name: 'a' },
    { id: '2', name: 'b' },
    { id: '3', name: 'b' },
  ]
  expect(pick(list, 'a', 'machine').id).toBe('1')
  expect(pick(list, '3', 'machine').id).toBe('3')
  expect(() => pick(list, 'b', 'machine')).toThrow('2, 3')
  expect(() => pick(list, 'c', 'machine')).toThrow(
    expect.objectContaining({ status: exits.notFound, remedy: 'It has: a, b, b' }),
  )
})

it('docs/cli.md says every exit status', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../docs/cli.md'), 'utf8')
  const said = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status))
  expect(said).toEqual(Object.values(exits))
})

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { StoredLeaves } from '#lib/digests/log.ts'
import { testDirectory } from '../testing/directory.ts'
import { DiskJournal } from './journal.ts'

const LEAF = 65_536
const digestOf = (text: string) => createHash('sha256').update(text).digest()

test('only what a FLUSH covers is stored', async () => {
  await using directory = await testDirectory('journal')
  const file = path.join(directory.path, 'digests.log')
  const told: number[] = []
  await using journal = new DiskJournal(file, 10 * LEAF, (bytes) => told.push(bytes))
  journal.add(0, digestOf('a'))
  journal.addHoles(1, 2)
  await journal.flushed()
  journal.add(3, digestOf('b'))
  expect([0, 1, 2, 3].map((leaf) => journal.isStored(leaf))).toEqual([true, true, true, false])
  expect(journal.storedLeaves).toBe(3)
  expect(told).toEqual([(await stat(file)).size])
  const read = await StoredLeaves.read(file, 10)
  expect(read.count).toBe(3)
})

test('a log that covers every leaf can be looked up leaf by leaf, in any order', async () => {
  await using directory = await testDirectory('journal')
  await using journal = new DiskJournal(path.join(directory.path, 'digests.log'), 600 * LEAF + 5, () => undefined)
  for (let leaf = 600; leaf >= 100; leaf--) journal.add(leaf, digestOf(String(leaf)))
  journal.addHoles(0, 100)
  await journal.flushed()
  await journal.lookUp(async (digest) => {
    for (const leaf of [600, 100, 355, 356]) expect(digest(leaf)?.equals(digestOf(String(leaf)))).toBe(true)
    expect(digest(99)).toBeNull()
  })
})

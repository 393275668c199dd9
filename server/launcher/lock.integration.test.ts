import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { lockHome } from './lock.ts'

test('one holder; the next one is told who it is', async () => {
  await using home = await testDirectory('lock')
  const file = path.join(home.path, 'lock')
  {
    await using _lock = await lockHome('/home', file)
    await expect(lockHome('/home', file)).rejects.toThrow(`pid ${process.pid}`)
  }
  await using _again = await lockHome('/home', file)
  expect((await readdir(home.path)).filter((name) => name.startsWith('lock'))).toEqual(['lock'])
})

test('a pid that came round again is not the holder', async () => {
  await using home = await testDirectory('lock')
  const file = path.join(home.path, 'lock')
  const me = await processIdentity(process.pid)
  await writeFile(file, JSON.stringify({ pid: process.pid, start: `${me?.start}0` }))
  await using _lock = await lockHome('/home', file)
})

test('a torn file is stale, and of many that come at once one gets it', async () => {
  await using home = await testDirectory('lock')
  const file = path.join(home.path, 'lock')
  for (let round = 0; round < 20; round++) {
    await writeFile(file, '{"pid":')
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => lockHome('/home', file)))
    const held = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(held).toHaveLength(1)
    for (const { value } of held) await value[Symbol.asyncDispose]()
  }
})

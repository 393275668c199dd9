import { access, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { OWNER_FILE, testDirectory } from './files.ts'
import { claimPorts, isFree, occupyPorts } from './ports.ts'
import { processesOf, startPart } from './processes.ts'
import { serveSlowly } from './slow-source.ts'
import { listeningIn } from './sockets.ts'
import { sweepAbandoned } from './sweep.ts'

it('finds every descendant of a part, also one that left its parent and scrubbed its environment', async () => {
  await using directory = await testDirectory('world')
  const program = `
    const { spawn } = require('node:child_process')
    spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env: { PATH: process.env.PATH } }).unref()
    setInterval(() => {}, 1000)`
  const part = await startPart({
    name: 'parent',
    command: process.execPath,
    args: ['-e', program],
    env: {},
    logFile: path.join(directory.path, 'log'),
    cwd: '/',
    root: directory.path,
  })
  try {
    await expect.poll(async () => (await processesOf(directory.path)).length, { timeout: 5000 }).toBe(2)
    await part.kill()
    const left = await processesOf(directory.path)
    expect(left.map(({ command }) => command)).toEqual(['sleep 60'])
  } finally {
    for (const { pid } of await processesOf(directory.path)) process.kill(pid, 'SIGKILL')
  }
  await expect.poll(() => processesOf(directory.path)).toEqual([])
})

it('gives each stack ports that nobody else gets, and sees who listens', async () => {
  await using one = await claimPorts()
  await using two = await claimPorts()
  expect(one.all[0]).not.toBe(two.all[0])
  expect(await listeningIn(one.all)).toEqual([])
  {
    await using _ = await occupyPorts([one.exports[0], one.exports[0] + 1])
    expect(await isFree(one.exports[0])).toBe(false)
    const listening = await listeningIn(one.all)
    expect(listening.toSorted((a, b) => a.port - b.port).map(({ port, pids }) => [port, pids])).toEqual([
      [one.exports[0], [process.pid]],
      [one.exports[0] + 1, [process.pid]],
    ])
  }
  expect(await isFree(one.exports[0])).toBe(true)
})

it('serves a source that can be slow, fast and broken', async () => {
  await using directory = await testDirectory('world')
  const file = path.join(directory.path, 'disk.raw')
  const sizeBytes = 4 * 1024 * 1024
  await makeRawDisk(file, { sizeBytes, extents: [{ kind: 'random', offset: 0, length: sizeBytes }] })
  await using source = await serveSlowly(file, directory.path, '12M')
  const copy = async () => {
    const start = performance.now()
    const result = await run('nbdcopy', [source.url, 'null:'])
    return { ...result, ms: performance.now() - start }
  }
  const slow = await copy()
  expect(slow.ok).toBe(true)
  expect(slow.ms).toBeGreaterThan(1000)
  await source.setRate(null)
  const fast = await copy()
  expect(fast.ok).toBe(true)
  expect(fast.ms).toBeLessThan(slow.ms / 2)
  await source.breakReads()
  expect(await copy()).toMatchObject({ ok: false, stderr: expect.stringContaining('Input/output error') })
  expect((await stat(file)).size).toBe(sizeBytes)
})

it('sweeps up after a run that was killed, and leaves a living one alone', async () => {
  await using living = await testDirectory('world')
  await using dead = await testDirectory('world')
  const start = (root: string) =>
    startPart({
      name: 'part',
      command: 'sleep',
      args: ['60'],
      env: {},
      logFile: path.join(root, 'log'),
      cwd: '/',
      root,
    })
  const [left, kept] = [await start(dead.path), await start(living.path)]
  try {
    await writeFile(path.join(dead.path, OWNER_FILE), JSON.stringify({ pid: 1, start: 'another boot:1' }))
    await sweepAbandoned()
    expect(await left.alive()).toBe(false)
    expect(await kept.alive()).toBe(true)
    await expect(access(dead.path)).rejects.toThrow('ENOENT')
    await access(living.path)
  } finally {
    await Promise.all([left.stop(), kept.stop()])
  }
})

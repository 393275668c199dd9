import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'
import { waitFor } from '#lib/async/wait.ts'
import { processIdentity } from '#lib/process/procfs.ts'
import { Program, type ProgramOptions } from './program.ts'
import { endLeftOver, readRecord } from './program-record.ts'

async function setUp(source: string, change: Partial<ProgramOptions> = {}) {
  const home = await testDirectory('program')
  const entry = path.join(home.path, 'entry.mjs')
  await writeFile(entry, source)
  await mkdir(path.join(home.path, 'records'))
  const said: string[] = []
  const options: ProgramOptions = {
    name: 'engine',
    command: process.execPath,
    args: [entry],
    cwd: home.path,
    env: {},
    logFile: path.join(home.path, 'engine.log'),
    recordDir: path.join(home.path, 'records'),
    graceMs: 2000,
    say: (line) => said.push(line),
    ...change,
  }
  return { home, options, said, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() }
}

const stays = 'console.log("up"); setInterval(() => {}, 1000)'
const stubborn = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'
const isUp = (options: ProgramOptions) =>
  waitFor(async () => (await readFile(options.logFile, 'utf8').catch(() => '')).includes('up'), { deadlineMs: 10_000 })

test('a killed program is started again as another process', async () => {
  await using given = await setUp(stays)
  await using program = await Program.start(given.options)
  const first = program.pid as number
  await isUp(given.options)
  process.kill(first, 'SIGKILL')
  expect(await waitFor(() => program.starts === 2 && program.pid !== null, { deadlineMs: 10_000 })).toBe(true)
  expect(program.pid).not.toBe(first)
  expect(given.said[0]).toMatch(/engine ended \(signal SIGKILL\)/)
})

test('a program that ends at once again and again is called a restart loop', async () => {
  await using given = await setUp('process.exit(3)')
  await using _program = await Program.start(given.options)
  const said = () => given.said.find((line) => line.includes('does not stay up: 3 ends'))
  expect(await waitFor(said, { deadlineMs: 20_000 })).toMatch(/exit status 3.*engine\.log/)
})

test('stopping ends it, one that does not listen by force', async () => {
  await using given = await setUp(stubborn, { graceMs: 300 })
  const program = await Program.start(given.options)
  const pid = program.pid as number
  await isUp(given.options)
  await program[Symbol.asyncDispose]()
  expect(await processIdentity(pid)).toBeNull()
  expect(given.said.at(-1)).toMatch(/did not end within 0.3 s and was killed/)
  expect(await readRecord(given.options.recordDir, 'engine')).toBeNull()
})

test('what a killed launcher left is found by its record and ended; nothing else is', async () => {
  await using given = await setUp(stays)
  const program = await Program.start(given.options)
  const { recordDir } = given.options
  const pid = program.pid as number
  await writeFile(path.join(recordDir, 'web.json'), JSON.stringify({ pid, start: 'another:1' }))
  expect(await endLeftOver(recordDir, 'web', 1000)).toBeNull()
  expect(await processIdentity(pid)).not.toBeNull()
  await program[Symbol.asyncDispose]()
})

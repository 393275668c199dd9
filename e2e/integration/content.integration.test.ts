import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jobFiles, readLedger } from '#appliance/jobs/record.ts'
import { isTerminal } from '#contracts/job.ts'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { run } from '#lib/process/run.ts'
import { calmKinds, damagingKinds } from '../world/content/all.ts'
import { type ContentBench, openContentBench } from '../world/content/bench.ts'
import { drawDisks, runContentCase, runOnCopy, runUndisturbed } from '../world/content/case.ts'
import type { Moment } from '../world/content/kind.ts'
import { expectIdentical } from '../world/proof.ts'

const GREETING = 'NBDMAGIC'
const made = new AsyncDisposableStack()
let bench: ContentBench

beforeAll(async () => {
  bench = made.use(await openContentBench({ exportPorts: 24 }))
})
afterAll(async () => {
  try {
    expect(await bench.stack.leaks()).toEqual([])
  } finally {
    await made.disposeAsync()
  }
})

/** A backup of new disks, held at that point. */
async function heldAt(name: string, seed: number, point: 'prepared' | 'copied') {
  const { stack } = bench
  const disks = await drawDisks(await bench.directoryOf(name), seed)
  const { id } = await stack.backUp((await bench.addVm(name, disks)).id)
  await bench.letPass(id, point === 'copied' ? ['copied', 'released'] : ['prepared'])
  const ended = async () => isTerminal((await stack.peek(id)).state)
  expect(await bench.comesTo(id, point, ended)).toBe(true)
  const rows = await stack.hub.prisma.jobDisk.findMany({ where: { jobId: id }, orderBy: { key: 'asc' } })
  return { id, disks, ended, ports: rows.map(({ hubPort }) => hubPort ?? 0) }
}

/** The key of a job as the appliance has it, kept for later: an ssh of its own that asks the hub for one port. */
async function keepKey(jobId: string, to: string) {
  const files = jobFiles(path.join(bench.stack.applianceDir, 'jobs', jobId))
  await mkdir(to)
  const [key, known, config] = ['key', 'known_hosts', 'config'].map((name) => path.join(to, name)) as [
    string,
    string,
    string,
  ]
  await copyFile(files.key, key)
  await copyFile(path.join(files.directory, 'known_hosts'), known)
  const text = await readFile(path.join(files.directory, 'ssh_config'), 'utf8')
  const own = text
    .split('\n')
    .filter((line) => !/^ *(LocalForward|SessionType|LogLevel)/.test(line))
    .map((line) => line.replace(files.key, key).replace(path.join(files.directory, 'known_hosts'), known))
  await writeFile(config, own.join('\n'))
  return async (port: number) => {
    const { stdout, stderr } = await run('ssh', ['-F', config, '-W', `127.0.0.1:${port}`, 'sendense-hub'], {
      timeoutMs: 15_000,
    })
    return { greeted: stdout.startsWith(GREETING), stderr }
  }
}

/** Connects, and waits for the first bytes or the end. */
function greetedAt(
  host: string,
  port: number,
): Promise<{ greeted: boolean; closed: Promise<void>; socket: net.Socket }> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host)
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    const answer = (greeted: boolean) => resolve({ greeted, closed, socket })
    socket.once('data', (bytes) => answer(bytes.toString('latin1').startsWith(GREETING)))
    socket.on('error', () => undefined)
    socket.once('close', () => answer(false))
  })
}

it('A1: once a backup is stored, neither its session nor its key reaches the port where the next export is served', {
  timeout: 180_000,
}, async () => {
  const { stack } = bench
  const first = await heldAt('first', 1, 'copied')
  const directory = await bench.directoryOf('keys')
  const asFirst = await keepKey(first.id, path.join(directory, 'first'))
  const { tunnel } = await readLedger(jobFiles(path.join(stack.applianceDir, 'jobs', first.id)))
  const forward = tunnel?.forwards.find(({ hubPort }) => hubPort === first.ports[0])
  const ssh = tunnel?.process
  if (!forward || !ssh) throw new Error('the tunnel has no forward')
  expect(await isAlive(ssh)).toBe(true)
  // While it copies, both ways are open.
  const [port = 0] = first.ports
  expect(await asFirst(port)).toMatchObject({ greeted: true })
  const open = await greetedAt(forward.host, forward.port)
  expect(open.greeted).toBe(true)

  await bench.letPass(first.id, ['released'])
  expect(await bench.comesTo(first.id, 'released', first.ended)).toBe(true)
  const second = await heldAt('second', 2, 'prepared')
  expect(second.ports).toContain(port)
  const asSecond = await keepKey(second.id, path.join(directory, 'second'))
  expect(await asSecond(port)).toMatchObject({ greeted: true })
  await open.closed
  // The listener may be the second's by now: it is the first's ssh that must be gone.
  expect(await waitFor(async () => !(await isAlive(ssh)), { deadlineMs: 10_000 })).toBe(true)
  expect(await asFirst(port)).toEqual({ greeted: false, stderr: expect.stringMatching(/Permission denied/) })

  for (const { id, disks } of [first, second]) {
    await bench.letPass(id)
    await expectIdentical(stack, await stack.finished(id), disks)
  }
})

/** One of each kind; every change at every moment is tried by `npm run torture -- --content`. */
const cases: readonly [name: string, moment: Moment, seed: number][] = [
  ['a bit flipped', 'on the way', 11],
  ['overwritten', 'while copying', 12],
  ['discarded', 'copied', 13],
  ['zeroed', 'copied', 14],
  ['two clusters swapped', 'while copying', 15],
  ['cluster overwritten', 'released', 16],
  ['header changed', 'released', 19],
  ['digest log cut short', 'released', 20],
]

const AT_ONCE = 3
/** Work of one test after another, some at once: the machine has two cores. */
async function inTurns<T>(items: readonly T[], work: (item: T, name: string) => Promise<void>): Promise<void> {
  const left = [...items]
  const slot = async (name: string) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next, name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => slot(`turn-${index}`)))
}

it('A2: bytes that change before the proof are caught, at the right disk and place', { timeout: 360_000 }, async () => {
  const records: unknown[] = []
  await inTurns(cases, async ([name, moment, seed], machine) => {
    const kind = damagingKinds.find((each) => each.name === name && each.moments.includes(moment))
    if (!kind) throw new Error(`no kind ${name}`)
    records.push(await runContentCase(bench, machine, { number: seed, kind, moment, seed }))
  })
  expect(records).toHaveLength(cases.length)
  for (const record of records) expect(record).toMatchObject({ outcome: 'caught', wrongs: [] })
  expect(await bench.deleteKept()).toEqual([])
})

it('A2: bytes that change after the commit are caught by the stand-alone check', { timeout: 240_000 }, async () => {
  const { stack } = bench
  const own = await bench.directoryOf('committed')
  const disks = await drawDisks(own, 30)
  const { id } = await stack.backUp((await bench.addVm('committed', disks)).id)
  await bench.letPass(id)
  const job = await bench.finished(id)
  const point = await expectIdentical(stack, job, disks)
  const directory = path.join(stack.repositoryPath, path.dirname(point.disks[0]?.imagePath ?? ''))
  const root = job.disks.find(({ key }) => key === disks[0].key)?.proof?.mapRoot ?? ''
  const kinds = damagingKinds.filter(({ moments }) => moments.includes('committed'))
  await inTurns([...kinds.entries()], async ([index, kind], name) => {
    const found = await runOnCopy({ directory, root, disks }, path.join(own, name), kind, 50 + index)
    expect(found, kind.name).toEqual({ wrongs: [], meant: null })
  })
})

it('A2: what writes without changing a byte raises no alarm', { timeout: 180_000, tags: ['long'] }, async () => {
  await inTurns([...calmKinds.entries()], async ([index, kind], machine) => {
    const planned = { number: index, kind, moment: 'copied' as const, seed: 40 + index }
    expect(await runContentCase(bench, machine, planned)).toMatchObject({ outcome: 'calm', wrongs: [] })
  })
})

it('A2: 20 undisturbed backups of drawn content raise no alarm', { timeout: 480_000 }, async () => {
  const seeds = Array.from({ length: 20 }, (_, index) => 100 + index)
  await inTurns(seeds, async (seed, machine) => {
    expect(await runUndisturbed(bench, machine, seed), `seed ${seed}`).toEqual([])
  })
})

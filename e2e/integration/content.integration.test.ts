import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobFiles, readLedger } from '#appliance/jobs/record.ts'
import { isTerminal } from '#contracts/job.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { run } from '#lib/process/run.ts'
import { calmKinds, damagingKinds } from '../world/content/all.ts'
import { type ContentBench, openContentBench } from '../world/content/bench.ts'
import { drawDisks, runContentCase, runUndisturbed } from '../world/content/case.ts'
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
  timeout: 60_000,
}, async () => {
  const { stack } = bench
  const first = await heldAt('first', 1, 'copied')
  const directory = await bench.directoryOf('keys')
  const asFirst = await keepKey(first.id, path.join(directory, 'first'))
  const { tunnel } = await readLedger(jobFiles(path.join(stack.applianceDir, 'jobs', first.id)))
  const forward = tunnel?.forwards.find(({ hubPort }) => hubPort === first.ports[0])
  if (!forward) throw new Error('the tunnel has no forward')
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
  expect(await isAlive(tunnel?.process ?? { pid: process.pid, start: '' })).toBe(false)
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
  ['L2 entry of another cluster', 'released', 17],
  ['L1 entry zeroed', 'released', 18],
  ['header changed', 'released', 19],
  ['digest log cut short', 'released', 20],
  ['sector zeroed', 'committed', 21],
  ['L2 entries swapped', 'proved', 22],
  ['map cut short', 'committed', 23],
  ['map changed', 'committed', 24],
  ['root changed in the manifest', 'committed', 25],
]

describe.concurrent('bytes that change between the read at the source and the commit', { timeout: 90_000 }, () => {
  for (const [index, [name, moment, seed]] of cases.entries())
    it(`A2: ${name}, ${moment}: caught, at the right disk and place`, async () => {
      const kind = damagingKinds.find((each) => each.name === name && each.moments.includes(moment))
      if (!kind) throw new Error(`no kind ${name}`)
      const record = await runContentCase(bench, `case-${index}`, { number: index, kind, moment, seed })
      expect(record).toMatchObject({ outcome: 'caught', wrongs: [] })
    })

  it('A2: what writes without changing a byte raises no alarm', async () => {
    for (const [index, kind] of calmKinds.entries()) {
      const record = await runContentCase(bench, 'calm', { number: index, kind, moment: 'copied', seed: 40 + index })
      expect(record).toMatchObject({ outcome: 'calm', wrongs: [] })
    }
  })

  it('A2: 20 undisturbed backups of drawn content raise no alarm', async () => {
    const left = Array.from({ length: 20 }, (_, index) => 100 + index)
    const slot = async (name: string) => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift())
        expect(await runUndisturbed(bench, name, seed), `seed ${seed}`).toEqual([])
    }
    await Promise.all([slot('calm-1'), slot('calm-2')])
  })
})

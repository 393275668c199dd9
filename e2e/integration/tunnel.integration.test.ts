import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { listProcesses } from '#lib/process/procfs.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { testDirectory } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { copying, expectFailed, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { listeningIn } from '../world/sockets.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const KIB = 1024
/** ServerAliveInterval times ServerAliveCountMax is 15 s, and the first question comes up to 5 s late; the rest is this machine's. */
const NOTICED_MS = 35_000

const made = new AsyncDisposableStack()
let directory: string
let source: { key: number; path: string }
let odd: { key: number; path: string }
let stack: Stack
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  const whole = await makeRawDisk(path.join(directory, 'tunnel.raw'), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  source = { key: 2000, path: whole.path }
  // Bits of data at odd places, allocated zeros, and an end that fills no sector.
  const bits = Array.from({ length: 100 }, (_, index) => ({
    kind: index % 4 === 3 ? ('zero' as const) : ('random' as const),
    offset: index * 150 * KIB + (index % 7) * 4 * KIB + (index % 5) * 300,
    length: 3000 + (index % 11) * 9 * KIB,
  }))
  const scattered = await makeRawDisk(path.join(directory, 'odd.raw'), {
    sizeBytes: 20 * MIB + 12_345,
    extents: [...bits, { kind: 'zero', offset: 16 * MIB, length: 2 * MIB }],
  })
  odd = { key: 2001, path: scattered.path }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const dataSsh = async () =>
  (await processesOf(stack.root)).filter(({ command }) => /^ssh .*-F \S*\/jobs\//.test(command)).map(({ pid }) => pid)

const stepsOf = async (jobId: string) =>
  (await stack.services.backups.events(jobId)).flatMap(({ data }) => (data.kind === 'job.step' ? data.message : []))

/** A backup in the middle of its copy. */
async function begin(name: string) {
  await using parts = new AsyncDisposableStack()
  const slow = parts.use(await serveSlowly(source.path, directory, '20M'))
  const bits = parts.use(await serveSlowly(odd.path, directory, '10M'))
  const vm = await stack.addVm({
    name,
    disks: [
      { key: 2000, url: slow.url },
      { key: 2001, url: bits.url },
    ],
  })
  const { id } = await stack.backUp(vm.id)
  await copying(stack, id)
  const owned = parts.move()
  return {
    id,
    fast: () => Promise.all([slow.setRate(null), bits.setRate(null)]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function untilStep(jobId: string, words: RegExp, deadlineMs = 60_000) {
  const found = async () => (await stepsOf(jobId)).some((message) => words.test(message))
  expect(await waitFor(found, { deadlineMs, everyMs: 50 }), await stack.logs()).toBe(true)
}

/** The backup completes as its source, and its record tells what happened. */
async function expectGoesOn(job: { id: string; fast(): Promise<unknown> }) {
  await untilStep(job.id, /The copy goes on|the copy goes on/)
  const data = (await stack.services.tunnels.list()).filter(({ kind }) => kind === 'data')
  expect(data.length, 'one session of the job').toBeLessThanOrEqual(1)
  await job.fast()
  await expectIdentical(stack, await stack.finished(job.id), [source, odd])
  const steps = await stepsOf(job.id)
  expect(steps.join('\n')).toMatch(/The data tunnel ended: .*\n.*The data tunnel is back after [\d.]+ s\./s)
}

describe('the tunnel of a running copy', () => {
  beforeAll(async () => {
    stack = await startStack({ engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '60' } })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('is cut at the appliance (ssh killed): the copy goes on, and completes byte for byte', async () => {
    await using job = await begin('ssh-killed')
    for (const pid of await dataSsh()) process.kill(pid, 'SIGKILL')
    await expectGoesOn(job)
  })

  it('is cut at the hub (its session killed): the copy goes on, and completes byte for byte', async () => {
    await using job = await begin('session-killed')
    const sessions = (await stack.services.tunnels.list()).filter(({ kind }) => kind === 'data')
    expect(sessions).toHaveLength(1)
    // The one that forwards is a child of the one that is listed.
    const own = (await listProcesses()).filter((row) => sessions.some(({ pid }) => pid === row.pid || pid === row.ppid))
    for (const { pid } of own) process.kill(pid, 'SIGKILL')
    await expectGoesOn(job)
  })

  it('is cut, and the engine is killed meanwhile: the next engine ends the stale session and completes', async () => {
    await using job = await begin('both-killed')
    await stack.engine.kill()
    for (const pid of await dataSsh()) process.kill(pid, 'SIGKILL')
    await stack.engine.restart()
    await expectGoesOn(job)
  })

  it('is away when qemu-nbd is killed: the backup fails at once, and names the process', async () => {
    await using job = await begin('export-lost')
    const mend = await silenceSshd()
    try {
      for (const pid of await dataSsh()) process.kill(pid, 'SIGKILL')
      await untilStep(job.id, /The data tunnel ended/)
      const [live] = await stack.services.exports.list()
      process.kill(live?.pid ?? 0, 'SIGKILL')
      await expectFailed(
        stack,
        await stack.finished(job.id),
        'export_failed',
        /qemu-nbd of disk \d+ .* was ended by SIGKILL/,
      )
    } finally {
      mend()
    }
  })
})

describe('the tunnel of a running copy, with little patience', () => {
  beforeAll(async () => {
    stack = await startStack({ engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '3' } })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  it('is cut and does not come back: the backup fails clearly', async () => {
    await using job = await begin('never-back')
    const mend = await silenceSshd()
    try {
      for (const pid of await dataSsh()) process.kill(pid, 'SIGKILL')
      const words = /tunnel to the hub broke in mid-copy and did not come back within 3 seconds/
      await expectFailed(stack, await stack.finished(job.id), 'export_unreachable', words)
    } finally {
      mend()
    }
  })
})

describe('a network that loses every packet', () => {
  beforeAll(async () => {
    stack = await startStack({ ownNetwork: true, engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '120' } })
  })
  afterAll(() => stack[Symbol.asyncDispose]())

  /** How long the job's ssh lives from now on. */
  async function noticed(pids: readonly number[]): Promise<number> {
    const began = performance.now()
    const gone = async () => !(await dataSsh()).some((pid) => pids.includes(pid))
    expect(await waitFor(gone, { deadlineMs: NOTICED_MS, everyMs: 50 }), 'noticed in time').toBe(true)
    return performance.now() - began
  }

  it('is noticed by the keep-alive; when it is mended the copy goes on, and completes byte for byte', async () => {
    await using job = await begin('packets-lost')
    const pids = await dataSsh()
    expect(pids).toHaveLength(1)
    await stack.network?.cut()
    // Not by anything that is told sooner.
    expect(await noticed(pids)).toBeGreaterThan(8000)
    await stack.network?.mend()
    await expectGoesOn(job)
  })

  it('because the appliance has another address: the same', async () => {
    await stack.online()
    await using job = await begin('address-changed')
    const pids = await dataSsh()
    await stack.network?.changeAddress()
    await noticed(pids)
    await expectGoesOn(job)
  })
})

/** The hub's SSH server takes no connection any more; those that it has live on. */
async function silenceSshd(): Promise<() => void> {
  const { port } = stack.env.ssh
  const pids = (await listeningIn([port, port])).flatMap((socket) => socket.pids)
  expect(pids).toHaveLength(1)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}

import { beforeAll, expect, it } from 'vitest'
import type { Hop, Verdict } from '#contracts/diagnosis.ts'
import { waitFor } from '#lib/async/wait.ts'
import { processesOf } from '../world/processes.ts'
import { expectIdentical } from '../world/proof.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()
let source: TestDisk
beforeAll(async () => {
  const size = { sizeBytes: 256 * MIB, extents: [{ kind: 'random' as const, offset: 0, length: 240 * MIB }] }
  source = await world.disk('verdict', size)
})

const verdictOf = async (jobId: string): Promise<Verdict | undefined> =>
  (await world.stack.services.backups.get(jobId)).ledger?.verdict

/** Waits for a verdict of the kind; answers with it and with the seconds until it came. */
async function expectVerdict(jobId: string, kind: Verdict['kind'], deadlineMs = 40_000) {
  let found: Verdict | undefined
  const began = performance.now()
  const there = async () => {
    found = await verdictOf(jobId)
    return found?.kind === kind
  }
  expect(await waitFor(there, { deadlineMs, everyMs: 250 }), JSON.stringify(found)).toBe(true)
  return { verdict: found, seconds: (performance.now() - began) / 1000 }
}

async function pidOf(program: RegExp): Promise<number> {
  const found = (await processesOf(world.stack.root)).filter(({ command }) => program.test(command))
  expect(found.map(({ command }) => command)).toHaveLength(1)
  return found[0]?.pid ?? 0
}

/** A copy that moves is healthy; then a process of its way is stopped, the verdict names it, and lets it go again. */
async function expectNamed(program: RegExp, hop: Hop, words: RegExp): Promise<void> {
  await using backup = await world.slowBackup(`stopped ${hop}`, source, '10M')
  await expectVerdict(backup.jobId, 'healthy')
  const pid = await pidOf(program)
  process.kill(pid, 'SIGSTOP')
  try {
    const { verdict, seconds } = await expectVerdict(backup.jobId, 'stalled')
    expect(verdict).toMatchObject({ hop, key: 2000 })
    expect(verdict?.evidence.join()).toMatch(words)
    expect(verdict?.causes.length).toBeGreaterThan(0)
    expect(verdict?.next).not.toBeNull()
    expect(seconds).toBeLessThan(20)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await expectVerdict(backup.jobId, 'healthy')
  await backup.slow.setRate(null)
  await expectIdentical(world.stack, await world.stack.finished(backup.jobId), [source])
  const told = (await world.stack.services.backups.events(backup.jobId)).flatMap(({ data }) =>
    data.kind === 'job.verdict' ? [data.verdict.kind] : [],
  )
  expect(told).toEqual(['stalled', 'healthy'])
}

it('names a stopped reader', () => expectNamed(/(^|\/)nbdkit .*disk-2000/, 'source', /nbdkit is stopped/))
it('names a stopped copier', () => expectNamed(/(^|\/)nbdcopy /, 'client', /nbdcopy is stopped/))
it('names a stopped tunnel', () => expectNamed(/ssh .*-F \S*\/jobs\//, 'tunnel', /ssh is stopped/))
it('names a stopped export', () => expectNamed(/(^|\/)qemu-nbd /, 'export', /qemu-nbd is stopped/))

it('finds the source when it gives nothing, though every process on the way runs', async () => {
  await using backup = await world.slowBackup('dry source', source, '10M')
  await expectVerdict(backup.jobId, 'healthy')
  process.kill(backup.slow.pid, 'SIGSTOP')
  try {
    const { verdict } = await expectVerdict(backup.jobId, 'stalled')
    expect(verdict).toMatchObject({ hop: 'source', key: 2000 })
    expect(verdict?.evidence.join()).toMatch(/no bytes wait/)
  } finally {
    process.kill(backup.slow.pid, 'SIGCONT')
  }
  await backup.slow.setRate(null)
  await expectIdentical(world.stack, await world.stack.finished(backup.jobId), [source])
})

it('calls no empty disk stuck, beside one that moves', async () => {
  const empty = await world.disk('empty', { key: 2001, sizeBytes: 64 * MIB, extents: [] })
  const vm = await world.stack.addVm({ name: 'half empty', disks: [source, empty] })
  const { id } = await world.stack.backUp(vm.id)
  await expectIdentical(world.stack, await world.stack.finished(id), [source, empty])
  const events = await world.stack.services.backups.events(id)
  expect(events.filter(({ data }) => data.kind === 'job.verdict')).toEqual([])
})

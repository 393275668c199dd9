/** @module-tag long */
import { expect, it } from 'vitest'
import type { HopView } from '#contracts/diagnosis.ts'
import { ledgerOf } from '#contracts/replay-ledger.ts'
import { defaultThresholds } from '#contracts/thresholds.ts'
import { waitFor } from '#lib/async/wait.ts'
import { expectIdentical } from '../world/proof.ts'
import { sharedStack } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()

it('tells from the hub alone that bytes move, and keeps all five hops of the whole run for a replay', async () => {
  const { services, appliance, applianceId } = world.stack
  const actor = { userId: null }
  await services.settings.setThresholds(
    { ...defaultThresholds, copying: { softSeconds: 3, hardSeconds: 8 }, slowBytesPerSecond: 0 },
    actor,
  )
  const { clockOffsetMs } = await services.appliances.get(applianceId)
  expect(Math.abs(clockOffsetMs ?? Number.NaN)).toBeLessThan(1000)

  const extents = [{ kind: 'random' as const, offset: 0, length: 64 * MIB }]
  const source = await world.disk('ledger', { sizeBytes: 64 * MIB, extents })
  await using backup = await world.slowBackup('ledger', source, '16M')
  const motions = async () => {
    const { ledger } = await services.backups.get(backup.jobId)
    const of = (views: readonly HopView[]) => views.map(({ motion }) => motion)
    return { kind: ledger?.verdict.kind, seen: of(ledger?.disks[0]?.hops ?? []) }
  }
  const become = async (seen: string[]) => {
    let last: unknown
    const there = async () => {
      last = await motions()
      return JSON.stringify(last) === JSON.stringify({ kind: 'healthy', seen })
    }
    expect(await waitFor(there, { deadlineMs: 20_000, everyMs: 200 }), JSON.stringify(last)).toBe(true)
  }
  // Its source is an NBD address: what nbdkit takes from a unix socket, nobody counts.
  await become(['unknown', 'moving', 'moving', 'moving', 'moving'])
  process.kill(appliance.pid, 'SIGSTOP')
  try {
    await become(['unknown', 'unknown', 'moving', 'moving', 'moving'])
  } finally {
    process.kill(appliance.pid, 'SIGCONT')
  }
  await backup.slow.setRate(null)
  await expectIdentical(world.stack, await world.stack.finished(backup.jobId), [source])

  const { moments } = await services.backups.replay(backup.jobId)
  expect(new Set(moments.map(({ state }) => state))).toContain('copying')
  const ledgers = moments.map(({ ledger }) => ledgerOf(ledger))
  const bad = ledgers.filter(({ verdict }) => !['healthy', 'expected', 'nothing'].includes(verdict.kind))
  expect(bad.map(({ verdict }) => verdict)).toEqual([])
  const copied = ledgers.flatMap(({ disks }) => disks.map(({ hops }) => hops.map(({ bytes }) => bytes ?? 0)))
  const most = [0, 1, 2, 3, 4].map((hop) => Math.max(...copied.map((bytes) => bytes[hop] ?? 0)))
  expect(most[0]).toBe(0)
  for (const bytes of most.slice(1)) expect(bytes).toBeGreaterThan(MIB)
  const processes = ledgers.flatMap(({ disks }) => disks.flatMap(({ hops }) => hops.map(({ process }) => process)))
  expect(processes).toContain('runs')
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labelledFaults, possible } from '../world/faults/labelled/index.ts'
import { type Lab, labAppliance, openLab } from '../world/faults/labelled/lab.ts'
import type { LabelledFault } from '../world/faults/labelled/label.ts'
import { healthyRuns } from '../world/faults/labelled/none.ts'
import { type Settled, sideBySide } from '../world/faults/labelled/side-by-side.ts'
import { runTrial, type TrialResult } from '../world/faults/labelled/trial.ts'
import { testDirectory } from '../world/files.ts'
import { startStack } from '../world/stack.ts'

/** Whole backups of which nothing bad may be said; those that a fault comes into later are healthy before it besides. */
const HEALTHY = 20
const SIDE_BY_SIDE = 8
const CLOCK_SECONDS = 420

const made = new AsyncDisposableStack()
let lab: Lab
/** All of them wait for something most of the time, so they run side by side, and each test waits for its own. */
let results: Promise<Settled<TrialResult>>[] = []
const well = Array.from({ length: HEALTHY }, (_, index) => healthyRuns[index % healthyRuns.length] as LabelledFault)
// What has to stay silent to its end takes longest, so it begins first.
const silent = labelledFaults.filter(({ kinds }) => kinds.length === 0)
const trials = [...well, ...silent, ...labelledFaults.filter(({ kinds }) => kinds.length > 0)]

beforeAll(async () => {
  const directory = made.use(await testDirectory('lab')).path
  const stack = made.use(
    await startStack({
      ...{ exportPorts: 40, ownNetwork: true, web: true },
      engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '60' },
      applianceEnv: await labAppliance(directory, CLOCK_SECONDS),
    }),
  )
  lab = await openLab(stack, directory, made)
  for (const words of lab.missing) console.warn(`Not tested here: ${words}`)
  const can = new Set<LabelledFault>([...possible(lab), ...well])
  const tasks = trials.map((fault, index) => ({
    alone: fault.alone === true,
    run: async () => {
      if (!can.has(fault)) throw new Error(`not possible here: ${lab.missing.join('; ')}`)
      return runTrial(lab, fault, `trial-${String(index).padStart(4, '0')}`, { afterMs: 0, deadlineMs: 60_000 })
    },
  }))
  results = sideBySide(tasks, SIDE_BY_SIDE)
}, 120_000)
afterAll(async () => {
  await Promise.all(results)
  expect(await lab.stack.leaks()).toEqual([])
  await made.disposeAsync()
}, 240_000)

/** What a failing case is to be understood by. */
const words = ({ told, job, different }: TrialResult) =>
  JSON.stringify({ told, state: job.state, problem: job.problem, different }, null, 1)

describe('the diagnosis names', () => {
  for (const [index, fault] of trials.entries())
    it(index < HEALTHY ? `${fault.name} (${index + 1})` : fault.name, async (test) => {
      // Slow and hanging storage needs root and loop devices: the reason is what the lab found missing.
      if (index >= HEALTHY && !possible(lab).includes(fault)) test.skip(fault.notArranged ?? lab.missing.join('; '))
      const settled = await results[index]
      if (!settled?.ok) throw settled?.error
      const { value } = settled
      expect(value.right, words(value)).toBe(true)
    }, 240_000)

  it('nothing wrong in 20 whole backups, nor in any before its fault came', async () => {
    const ended = await Promise.all(results)
    const whole = ended.slice(0, HEALTHY).flatMap((settled) => (settled.ok ? [settled.value] : []))
    expect(whole.map(({ job }) => job.state)).toEqual(Array.from({ length: 20 }, () => 'completed'))
    const all = ended.flatMap((settled) => (settled.ok ? [settled.value] : []))
    expect(all.flatMap(({ falseAlarms }) => falseAlarms)).toEqual([])
  })

  it('no other hop once what was stopped goes on: healthy again', async () => {
    const ended = (await Promise.all(results)).flatMap((settled) => (settled.ok ? [settled.value] : []))
    const stalled = ended.filter(({ named, job }) => named?.verdict.kind === 'stalled' && job.state === 'completed')
    for (const { fault, told } of stalled) expect(told.at(-1)?.verdict.kind, fault).toMatch(/healthy|expected/)
  })

  it('the clocks’ distance, and takes no backup for late by it', async () => {
    const { clockOffsetMs } = await lab.stack.services.appliances.get(lab.stack.applianceId)
    expect(Math.abs((clockOffsetMs ?? 0) - CLOCK_SECONDS * 1000)).toBeLessThan(5000)
  })
})

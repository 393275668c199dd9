import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labelledFaults, possible } from '../world/faults/labelled/index.ts'
import { type Lab, openLab, shortLimits } from '../world/faults/labelled/lab.ts'
import { runTrial, type TrialResult } from '../world/faults/labelled/trial.ts'
import { type Settled, sideBySide } from '../world/faults/labelled/side-by-side.ts'
import { testDirectory } from '../world/files.ts'
import { startStack } from '../world/stack.ts'

const made = new AsyncDisposableStack()
let lab: Lab
beforeAll(async () => {
  const directory = made.use(await testDirectory('lab')).path
  const engineEnv = { SENDENSE_APPLIANCE_AWAY_SECONDS: '60' }
  const stack = made.use(await startStack({ exportPorts: 40, ownNetwork: true, engineEnv }))
  lab = await openLab(stack, directory, made)
  for (const words of lab.missing) console.warn(`Not tested here: ${words}`)
}, 120_000)
afterAll(async () => {
  expect(await lab.stack.leaks()).toEqual([])
  await made.disposeAsync()
})

const only = process.env.ONLY
const faults = labelledFaults.filter(({ name }) => !only || new RegExp(only).test(name))

/** What a failing case is to be understood by. */
const words = ({ told, job, named }: TrialResult) =>
  JSON.stringify({ named, told, state: job.state, problem: job.problem }, null, 1)

const SIDE_BY_SIDE = 6
let results: Promise<Settled<TrialResult>>[] = []
beforeAll(() => {
  const tasks = faults.map((fault, index) => ({
    alone: fault.alone === true,
    run: () => runTrial(lab, fault, `fault-${String(index).padStart(4, '0')}`, { afterMs: 0, deadlineMs: 60_000 }),
  }))
  results = sideBySide(tasks, SIDE_BY_SIDE)
})

describe('names', () => {
  for (const [index, fault] of faults.entries())
    it(fault.name, async () => {
      if (!possible(lab).includes(fault)) return
      const settled = await results[index]
      if (!settled?.ok) throw settled?.error
      const result = settled.value
      console.log(fault.name, result.named?.after, result.right, result.told.map(({ after, verdict: { kind, hop, sentence } }) => `${after} ${kind} ${hop} ${sentence}`))
      expect(result.right, words(result)).toBe(true)
    }, 240_000)
})

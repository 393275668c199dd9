import type { TestServer } from '#e2e/world/database.ts'
import { labelledFaults, possible } from '#e2e/world/faults/labelled/index.ts'
import { labAppliance, openLab } from '#e2e/world/faults/labelled/lab.ts'
import type { LabelledFault } from '#e2e/world/faults/labelled/label.ts'
import { healthyRuns } from '#e2e/world/faults/labelled/none.ts'
import { sideBySide } from '#e2e/world/faults/labelled/side-by-side.ts'
import { runTrial, type TrialResult } from '#e2e/world/faults/labelled/trial.ts'
import { testDirectory } from '#e2e/world/files.ts'
import { startStack } from '#e2e/world/stack.ts'
import type { Random } from '../../seed/random.ts'
import type { DiagnosisOptions } from './options.ts'

export interface TrialReport {
  fault: LabelledFault
  result: TrialResult | null
  /** The trial itself went wrong: nothing can be said of the fault. */
  error: string | null
}

/** In an order of chance. */
function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list]
  return list.map(() => left.splice(random.int(0, left.length - 1), 1)[0] as T)
}

/** A new product, each fault on it once, and healthy backups beside them. */
export async function runRound(
  round: number,
  { healthy, jobs, only }: DiagnosisOptions,
  server: TestServer,
  random: Random,
  tell: (report: TrialReport) => void,
): Promise<void> {
  await using made = new AsyncDisposableStack()
  const directory = made.use(await testDirectory('lab')).path
  const stack = made.use(
    await startStack({
      ...{ server, exportPorts: 40, ownNetwork: true, web: true },
      engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '60' },
      // Minutes ahead or behind, in every round another.
      applianceEnv: await labAppliance(directory, random.pick([-1, 1]) * random.int(60, 900)),
    }),
  )
  const lab = await openLab(stack, directory, made, random.int(14, 28))
  if (round === 1) for (const words of lab.missing) console.log(`not tried here: ${words}`)
  const wanted = possible(lab).filter(({ name }) => only === null || name.includes(only))
  const well = Array.from({ length: healthy }, (_, index) => healthyRuns[index % healthyRuns.length] as LabelledFault)
  const faults = shuffled([...labelledFaults.filter((fault) => wanted.includes(fault)), ...well], random)
  const options = faults.map(() => ({ afterMs: random.int(0, 2500), deadlineMs: 60_000 }))
  const tasks = faults.map((fault, index) => ({
    alone: fault.alone === true,
    run: async () => {
      const name = `t${round}-${String(index).padStart(4, '0')}`
      const report: TrialReport = { fault, result: null, error: null }
      try {
        report.result = await runTrial(lab, fault, name, options[index] ?? { afterMs: 0, deadlineMs: 60_000 })
      } catch (error) {
        report.error = error instanceof Error ? error.message : String(error)
      }
      tell(report)
    },
  }))
  await Promise.all(sideBySide(tasks, jobs))
  const left = await stack.leaks()
  if (left.length > 0) console.log(`left over in round ${round}:\n  ${left.join('\n  ')}`)
}

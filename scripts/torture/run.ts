import type { Bench, CaseRecord } from '#e2e/world/faults/case.ts'
import { runCase } from '#e2e/world/faults/case.ts'
import { startBench } from './bench.ts'
import type { PlannedCase } from './plan.ts'

export type TortureRecord = CaseRecord & { number: number; seconds: number }

/** How many cases one product bears: its logs and its history stay short. */
const CASES_A_STACK = 40

/**
 * Takes cases from the list until it is empty. A product that failed a case is thrown away, so that one fault is not
 * counted twice.
 */
async function work(cases: PlannedCase[], seed: number, tell: (record: TortureRecord) => void): Promise<void> {
  let bench: (Bench & AsyncDisposable) | null = null
  let borne = 0
  const drop = async () => {
    const ending = bench
    bench = null
    try {
      await ending?.[Symbol.asyncDispose]()
    } catch (error) {
      console.error(`  the stack: ${error instanceof Error ? error.message : String(error)}`)
    }
    borne = 0
  }
  for (let next = cases.shift(); next; next = cases.shift()) {
    const { number, fault, phase, delayMs } = next
    const began = performance.now()
    let record: CaseRecord
    try {
      bench ??= await startBench(seed)
      record = await runCase(bench, fault, phase, { delayMs })
    } catch (error) {
      const wrongs = [error instanceof Error ? error.message : String(error)]
      record = { fault: fault.name, phase, outcome: null, code: null, noticedSeconds: null, wrongs }
    }
    tell({ ...record, number, seconds: (performance.now() - began) / 1000 })
    if (record.wrongs.length > 0 || ++borne >= CASES_A_STACK) await drop()
  }
  await drop()
}

/** Runs the cases on so many products side by side. */
export async function runCases(
  planned: readonly PlannedCase[],
  options: { jobs: number; seed: number },
  tell: (record: TortureRecord) => void,
): Promise<void> {
  const cases = [...planned]
  await Promise.all(Array.from({ length: options.jobs }, () => work(cases, options.seed, tell)))
}

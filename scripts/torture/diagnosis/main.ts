import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { verdictWords } from '#e2e/world/faults/labelled/trial.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { createRandom } from '../../seed/random.ts'
import { HELP, parseOptions } from './options.ts'
import { runRound, type TrialReport } from './round.ts'
import { confusionTable, type Row, withTable } from './table.ts'

// npm run torture -- --diagnosis: breaks one thing after another on the real product, and writes down what the diagnosis called it.
const options = parseOptions(process.argv.slice(2))
if (options.help) {
  console.log(HELP)
  process.exit()
}
const { cases, seed, write } = options
const random = createRandom(seed)
const rows: Row[] = []
let errors = 0
const began = performance.now()

function tell({ fault, result, error }: TrialReport): void {
  if (!result) {
    errors++
    console.log(`? ${fault.name}: the trial went wrong: ${error?.split('\n')[0]}`)
    return
  }
  const { named, right, falseAlarms, told, job, different } = result
  const verdict = named ? verdictWords(named.verdict) : null
  rows.push({
    ...{ fault: fault.name.replace(/^healthy: /, 'healthy: '), verdict, right, falseAlarms: falseAlarms.length },
    seconds: fault.kinds.length === 0 ? null : (named?.after ?? null),
  })
  console.log(
    `${right ? '✓' : '✗'} ${fault.name} → ${verdict ?? 'calm'}${named ? ` after ${named.after.toFixed(1)} s` : ''}`,
  )
  if (right) return
  for (const each of told)
    console.log(`    ${each.after.toFixed(1)} s ${verdictWords(each.verdict)}: ${each.verdict.sentence}`)
  console.log(`    ended ${job.state} ${job.problem?.code ?? ''} ${different.join('; ')}`)
}

async function report(round: number): Promise<void> {
  const lines = confusionTable(rows)
  const healthy = rows.filter(({ fault }) => fault.startsWith('healthy'))
  const faulty = rows.filter(({ fault }) => !fault.startsWith('healthy'))
  const count = (list: readonly Row[]) => `${list.filter(({ right }) => right).length} of ${list.length}`
  const alarms = rows.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0)
  const minutes = ((performance.now() - began) / 60_000).toFixed(0)
  const summary = `Seed ${seed}, ${round} products, ${minutes} min: ${count(faulty)} faults named right, ${count(healthy)} healthy backups left in peace, ${alarms} false alarms, ${errors} trials that went wrong themselves.`
  console.log(['', ...lines, '', summary, ''].join('\n'))
  if (!write) return
  const page = path.resolve(import.meta.dirname, '../../../docs/diagnosis.md')
  await writeFile(page, withTable(await readFile(page, 'utf8'), [summary, '', ...lines]))
}

console.log(`${cases} products, seed ${seed}`)
await using server = await startTestPostgres()
for (let round = 1; round <= cases; round++) {
  await runRound(round, options, server, random, tell).catch((error: unknown) => {
    errors++
    console.log(`round ${round}: ${error instanceof Error ? error.message : String(error)}`)
  })
  await report(round)
}
process.exitCode = rows.every(({ right }) => right) && errors === 0 ? 0 : 1

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { faults } from '#e2e/world/faults/all.ts'
import { sweepAbandoned } from '#e2e/world/sweep.ts'
import { createRandom } from '../seed/random.ts'
import { HELP, parseOptions } from './options.ts'
import { planCases } from './plan.ts'
import { runCases, type TortureRecord } from './run.ts'
import { table, withTable } from './table.ts'

// npm run torture: disturbs backups of the whole product at random moments, and looks whether each of them ended truly.
if (process.argv.includes('--diagnosis')) {
  await import('./diagnosis/main.ts')
  process.exit()
}
if (process.argv.includes('--content')) {
  await import('./content/main.ts')
  process.exit()
}
if (process.argv.includes('--tests')) {
  const root = path.resolve(import.meta.dirname, '../..')
  const runners = [
    [path.join(root, 'scripts/build.ts')],
    [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'integration'],
    [path.join(root, 'scripts/test/e2e.ts'), '--built'],
  ]
  // Files as a whole: tests of a file stand on those before them. Each runner, also after one that failed.
  for (const args of runners) {
    const { exitCode } = await execa(process.execPath, args, { stdio: 'inherit', reject: false })
    if (exitCode !== 0) process.exitCode = 1
  }
  process.exit()
}
const options = parseOptions(process.argv.slice(2))
if (options.help) {
  console.log(HELP)
  process.exit()
}
const { cases, seed, jobs, only, write } = options
const chosen = faults.filter(({ name }) => only === null || name.includes(only))
const planned = planCases(chosen, cases, createRandom(seed).next)
// A run that was killed leaves products behind.
await sweepAbandoned()
console.log(`${planned.length} cases, seed ${seed}, ${jobs} at once`)
const began = performance.now()
const records: TortureRecord[] = []
await runCases(planned, { jobs, seed }, (record) => {
  records.push(record)
  const { number, fault, phase, outcome, code, noticedSeconds, wrongs, seconds } = record
  const noticed = noticedSeconds === null ? '' : `, noticed after ${noticedSeconds.toFixed(1)} s`
  const end = outcome === null ? 'came too late' : `${outcome}${code ? ` (${code})` : ''}`
  console.log(
    `${wrongs.length > 0 ? '✗' : '✓'} ${number} ${phase}: ${fault} → ${end}${noticed} [${seconds.toFixed(1)} s]`,
  )
  for (const wrong of wrongs) console.log(`    ${wrong}`)
})
const wrong = records.filter(({ wrongs }) => wrongs.length > 0)
const lines = table(records)
const minutes = ((performance.now() - began) / 60_000).toFixed(1)
const summary = `${records.length} cases, seed ${seed}: ${records.length - wrong.length} passed, ${wrong.length} did not; ${minutes} min.`
console.log(['', ...lines, '', summary].join('\n'))
if (write) {
  const page = path.resolve(import.meta.dirname, '../../docs/reliability.md')
  await writeFile(page, withTable(await readFile(page, 'utf8'), [summary, '', ...lines]))
}
process.exitCode = wrong.length > 0 ? 1 : 0

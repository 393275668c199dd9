import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { calmKinds, damagingKinds } from '#e2e/world/content/all.ts'
import { type ContentRecord, runContentCase, runUndisturbed } from '#e2e/world/content/case.ts'
import type { Kind } from '#e2e/world/content/kind.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { createRandom } from '../../seed/random.ts'
import { HELP, parseOptions } from './options.ts'
import { planContent } from './plan.ts'
import { onBenches } from './run.ts'
import { contentTable, withContentTable } from './table.ts'

// npm run torture -- --content: changes bytes of backups, and looks whether the product says so.
const options = parseOptions(process.argv.slice(2))
if (options.help) {
  console.log(HELP)
  process.exit()
}
const { cases, undisturbed, seed, from, jobs, only, write } = options
const random = createRandom(seed)
const began = performance.now()
const minutes = () => `${((performance.now() - began) / 60_000).toFixed(1)} min`
const troubles: string[] = []
const onEnd = (words: string) => {
  troubles.push(words)
  console.log(`✗ ${words}`)
}
await using server = await startTestPostgres()

async function tortureCases(): Promise<void> {
  const chosen = (kinds: readonly Kind[]) =>
    kinds
      .map((kind) => {
        const moments = kind.moments.filter((moment) => only === null || `${kind.name} ${moment}`.includes(only))
        return { ...kind, moments }
      })
      .filter(({ moments }) => moments.length > 0)
  const planned = planContent({ damaging: chosen(damagingKinds), calm: chosen(calmKinds) }, cases, random).slice(
    from - 1,
  )
  if (planned.length === 0) throw new Error('no case has that number or those words')
  const damaging = planned.filter(({ kind }) => kind.effect !== 'none').length
  console.log(`${damaging} cases, ${planned.length - damaging} more that change nothing, seed ${seed}, ${jobs} at once`)
  const records: ContentRecord[] = []
  await onBenches(planned, { jobs, server, onEnd }, async (bench, name, each) => {
    const start = performance.now()
    const { number, kind, moment } = each
    const record = await runContentCase(bench, name, each).catch((error: unknown): ContentRecord => {
      const wrongs = [error instanceof Error ? error.message : String(error)]
      return { number, kind: kind.name, moment, outcome: 'wrong', place: '', said: '', wrongs }
    })
    records.push(record)
    const { outcome, place, said, wrongs } = record
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const sign = wrongs.length > 0 ? '✗' : '✓'
    console.log(`${sign} ${number} ${moment}: ${kind.name}, ${place} → ${outcome}: ${said} [${seconds} s]`)
    for (const wrong of wrongs) console.log(`    ${wrong}`)
  })
  const count = (outcome: ContentRecord['outcome']) => records.filter((each) => each.outcome === outcome).length
  const lines = contentTable(records)
  const summary = `${records.length} cases, seed ${seed}: ${count('caught')} caught, ${count('calm')} changed nothing and were left in peace, ${count('wrong')} wrong, ${count('not injected')} not injected; ${minutes()}.`
  console.log(['', ...lines, '', summary, `${count('caught')} caught`].join('\n'))
  if (write) {
    const page = path.resolve(import.meta.dirname, '../../../docs/reliability.md')
    await writeFile(page, withContentTable(await readFile(page, 'utf8'), [summary, '', ...lines]))
  }
  const right = count('caught') === damaging && records.every(({ wrongs }) => wrongs.length === 0)
  process.exitCode = right && records.length === planned.length && troubles.length === 0 ? 0 : 1
}

async function leaveInPeace(): Promise<void> {
  console.log(`${undisturbed} backups that nobody disturbs, seed ${seed}, ${jobs} at once`)
  const seeds = Array.from({ length: undisturbed }, (_, index) => ({ number: index + 1, seed: random.int(0, 2 ** 31) }))
  let alarms = 0
  let done = 0
  await onBenches(seeds, { jobs, server, onEnd }, async (bench, name, each) => {
    const wrongs = await runUndisturbed(bench, name, each.seed).catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ])
    done++
    if (wrongs.length > 0) alarms++
    for (const wrong of wrongs) console.log(`✗ ${each.number} (seed ${each.seed}): ${wrong}`)
    if (done % 10 === 0 || done === undisturbed) console.log(`${done} done, ${alarms} alarms, ${minutes()}`)
  })
  console.log(`${done} undisturbed backups, seed ${seed}, ${minutes()}\n${alarms} alarms`)
  process.exitCode = alarms === 0 && done === undisturbed && troubles.length === 0 ? 0 : 1
}

await (undisturbed > 0 ? leaveInPeace() : tortureCases())

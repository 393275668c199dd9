import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { watchLeaks } from './leaks.ts'
import { sum, type Tally } from './report.ts'
import { runSuite } from './run-suite.ts'
import { stages } from './suites.ts'

const wanted = process.argv.slice(2)
const suites = stages.flat()
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name))
if (unknown.length > 0) {
  console.error(`No such suite: ${unknown.join(', ')}. There are: ${suites.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

let stopped = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    stopped = true
  })

const start = performance.now()
const tallies: Tally[] = []
const leaks = await watchLeaks()
const scratch = path.resolve('test-results', 'reports')
await rm(scratch, { recursive: true, force: true })
await mkdir(scratch, { recursive: true })
for (const stage of stages) {
  if (stopped) break
  const chosen = stage.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  const beside = chosen.length > 1
  tallies.push(...(await Promise.all(chosen.map((suite) => runSuite(suite, { scratch, beside })))))
}

const left = await leaks(5000)
for (const line of left) console.error(`left behind: ${line}`)
tallies.push(left.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })
if (stopped) tallies.push({ passed: 0, failed: 1 })

const total = sum(tallies)
console.log(
  `\n── nothing left behind: ${left.length === 0 ? 'yes' : 'NO'}; all in ${((performance.now() - start) / 1000).toFixed(0)} s`,
)
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

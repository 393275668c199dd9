import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { markedProcesses } from './leaks.ts'
import { type Suite, suites } from './suites.ts'

interface Count {
  passed: number
  failed: number
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'sendense-report-'))

/** A suite that died without a report counts as one failed test: it never passes by silence. */
function readReport(file: string, exitedWell: boolean): Count {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
      success: boolean
    }
    const failed = report.numFailedTests + (report.numFailedTests === 0 && !(report.success && exitedWell) ? 1 : 0)
    return { passed: report.numPassedTests, failed: report.numPassedTests + failed === 0 ? 1 : failed }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function runSuite(suite: Suite): Count {
  const report = path.join(scratch, `${suite.name}.json`)
  const reporting =
    suite.count === 'vitest' ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : []
  console.log(`\n── ${suite.name} (budget ${suite.budgetSeconds} s)`)
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [...suite.args, ...reporting], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const seconds = (performance.now() - start) / 1000
  const count =
    suite.count === 'vitest'
      ? readReport(report, status === 0)
      : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 }
  const over = seconds > suite.budgetSeconds ? ', OVER BUDGET' : ''
  console.log(
    `── ${suite.name}: ${count.passed} passed, ${count.failed} failed in ${seconds.toFixed(1)} s of ${suite.budgetSeconds} s${over}`,
  )
  return count
}

const counts = suites.map(runSuite)
rmSync(scratch, { recursive: true })

const leaked = await markedProcesses()
for (const { pid, mark } of leaked) console.error(`left behind: process ${pid} (${mark})`)
counts.push({ passed: leaked.length === 0 ? 1 : 0, failed: leaked.length === 0 ? 0 : 1 })

const total = counts.reduce((sum, count) => ({ passed: sum.passed + count.passed, failed: sum.failed + count.failed }))
process.exitCode = total.failed === 0 ? 0 : 1
console.log(`${total.passed} passed, ${total.failed} failed`)

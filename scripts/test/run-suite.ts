import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { sleep } from '#lib/async/wait.ts'
import { readPlaywright, readVitest, type Tally } from './report.ts'
import type { Count, Suite } from './suites.ts'

/** Arguments and variables that make a runner write its JSON report to that file besides what it prints. */
function reporting(count: Count, file: string): { args: string[]; env: Record<string, string> } {
  if (count === 'vitest')
    return { args: ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`], env: {} }
  if (count === 'playwright')
    return {
      args: ['--reporter=list,json'],
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    }
  return { args: [], env: {} }
}

async function tally(count: Count, file: string, exitedWell: boolean): Promise<Tally> {
  if (count === 'exit') return exitedWell ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  try {
    const text = await readFile(file, 'utf8')
    return count === 'vitest' ? readVitest(text, exitedWell) : readPlaywright(text, exitedWell)
  } catch {
    // It died before it could report.
    return { passed: 0, failed: 1 }
  }
}

/** Prints what the suite says, each line with its name before it, so that two of them can be told apart. */
function showAs(name: string, streams: readonly (Readable | null)[]): void {
  for (const input of streams)
    if (input) createInterface({ input }).on('line', (line) => console.log(`${name.padEnd(11)} │ ${line}`))
}

interface Run {
  args: readonly string[]
  env: Record<string, string>
  limitMs: number
  /** Stands before its lines; null: it has the terminal to itself. */
  label: string | null
}

/** Runs it with its words shown. True when it ended by itself with status 0. */
async function runToEnd({ args, env, limitMs, label }: Run): Promise<boolean> {
  // Colours are for terminals.
  const plain = process.stdout.isTTY && label === null ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }
  const words = label === null ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', words, words],
    env: { ...process.env, ...plain, ...env },
  })
  if (label !== null) showAs(label, [child.stdout, child.stderr])
  const forward = () => child.kill('SIGTERM')
  process.on('SIGTERM', forward)
  const soft = setTimeout(() => {
    console.error(`── ended: it ran for ${limitMs / 1000} s`)
    child.kill('SIGTERM')
  }, limitMs)
  const hard = setTimeout(() => child.kill('SIGKILL'), limitMs + 15_000)
  // Its last words come after its end; a process that it left behind may hold them open for ever.
  const said = once(child, 'close')
  const [code] = (await once(child, 'exit')) as [number | null]
  await Promise.race([said, sleep(2000)])
  clearTimeout(soft)
  clearTimeout(hard)
  process.off('SIGTERM', forward)
  return code === 0
}

/**
 * Runs one suite and says how it went against its budget.
 * @param options.scratch  where its report goes
 * @param options.beside   others run at the same time
 */
export async function runSuite(
  suite: Suite,
  { scratch, beside }: { scratch: string; beside: boolean },
): Promise<Tally> {
  const file = path.join(scratch, `${suite.name}.json`)
  const { args, env } = reporting(suite.count, file)
  console.log(`\n── ${suite.name} (budget ${suite.budgetSeconds} s)`)
  const start = performance.now()
  const exitedWell = await runToEnd({
    args: [...suite.args, ...args],
    env,
    limitMs: suite.budgetSeconds * 4000,
    label: beside ? suite.name : null,
  })
  const seconds = (performance.now() - start) / 1000
  const count = await tally(suite.count, file, exitedWell)
  const over = seconds > suite.budgetSeconds ? ' OVER BUDGET' : ''
  console.log(
    `── ${suite.name}: ${count.passed} passed, ${count.failed} failed; ${seconds.toFixed(1)} s of ${suite.budgetSeconds} s${over}`,
  )
  return count
}

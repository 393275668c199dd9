import { chmod, mkdir } from 'node:fs/promises'
import { toProblem } from '#contracts/problem.ts'
import { endLeftOver, stillRunning } from './left-over.ts'
import { type DemoOptions, HELP, parseOptions } from './options.ts'
import { demoPaths, lockDemo } from './paths.ts'
import { createPrinter, type Printer } from './printer.ts'
import { reset } from './reset.ts'
import { runDemo } from './run.ts'

/** Aborts at the first Ctrl-C or request to end; more of them change nothing, for ending must finish. */
function askedToStop(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort(new Error(name)))
  return stop.signal
}

function explain(error: unknown, printer: Printer): void {
  const problem = toProblem(error)
  // A bug of ours, or a sentence made for people: the latter has no "internal".
  const happened = problem.code === 'internal' && error instanceof Error ? error.message : problem.happened
  for (const line of [`✗ ${happened}`, problem.safe, problem.remedy]) if (line) printer.say(line)
  for (const line of problem.tool?.stderr ?? []) printer.say(`  | ${line}`)
}

/** Runs the demo in its state directory, and proves afterwards that nothing of it is left. */
async function demo(options: DemoOptions, printer: Printer): Promise<boolean> {
  const paths = demoPaths()
  const stop = askedToStop()
  printer.say(`Sendense demo. Its state is in ${paths.root} (forget it: npm run demo -- --reset).`)
  await mkdir(paths.root, { recursive: true, mode: 0o755 })
  await chmod(paths.root, 0o755)
  await using _lock = await lockDemo(paths)
  for (const { pid } of await endLeftOver(paths.root)) printer.say(`  Ended process ${pid} of a demo that was cut off.`)
  let good = false
  try {
    good = await runDemo(paths, options, printer, stop)
  } catch (error) {
    if (stop.aborted) printer.say('Ended before it was done.')
    else explain(error, printer)
  }
  const left = await stillRunning(paths.root)
  for (const { pid, command } of left) printer.say(`✗ still running: ${pid} ${command.slice(0, 150)}`)
  if (left.length === 0) printer.say('✓ Every process of the demo has ended; nothing of it runs any more.')
  return good && left.length === 0
}

const printer = createPrinter()
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) printer.say(HELP)
  else if (options.reset) await reset(demoPaths(), printer.say)
  else process.exitCode = (await demo(options, printer)) ? 0 : 1
} catch (error) {
  explain(error, printer)
  process.exitCode = 1
}

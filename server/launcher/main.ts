import { parseArgs } from 'node:util'
import { toProblem } from '#contracts/problem.ts'
import { readEnv } from '../env.ts'
import { startLauncher } from './launcher.ts'

const usage = `npm start -- [--verbose] [--dev] [--no-web]
  --verbose   show the logs of PostgreSQL, engine and web here too
  --dev       the dashboard by next dev
  --no-web    PostgreSQL and engine only
Settings are variables: SENDENSE_HOME, SENDENSE_HTTP_PORT, DATABASE_URL, … (server/env.ts)`

const say = (line: string) => console.error(line)

function readOptions() {
  return parseArgs({
    options: {
      verbose: { type: 'boolean', default: false },
      dev: { type: 'boolean', default: false },
      'no-web': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values
}

/** Aborts at the first SIGTERM, SIGINT or SIGHUP, or when the parent that started us over IPC has gone. */
function askedToStop(): AbortSignal {
  const stop = new AbortController()
  const ask = (why: string) => {
    if (stop.signal.aborted) return
    say(`Stopping (${why}).`)
    stop.abort()
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ask(signal))
  if (process.send) process.once('disconnect', () => ask('the end of the parent'))
  return stop.signal
}

function explain(error: unknown): void {
  const { happened, safe, remedy, tool } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) say(line)
  for (const line of tool?.stderr ?? []) say(`  | ${line}`)
}

async function aborted(signal: AbortSignal): Promise<void> {
  // A pending promise keeps no process alive; the timer does.
  const alive = setInterval(() => undefined, 60_000)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  clearInterval(alive)
}

async function main(stop: AbortSignal): Promise<void> {
  const options = readOptions()
  if (options.help) return console.log(usage)
  const env = readEnv()
  const { verbose, dev } = options
  const web = !options['no-web']
  await using launcher = await startLauncher({ env, verbose, dev, web, say, source: process.env, signal: stop })
  const { url, home, postgresPid, enginePid, webPid } = launcher
  const ready = { ready: true, url, home, pid: process.pid, postgresPid, enginePid, webPid }
  if (process.send) process.send(ready)
  else if (process.stdout.isTTY) say(`Sendense is up: ${url}   (state in ${home}, Ctrl-C ends it)`)
  else console.log(JSON.stringify(ready))
  await aborted(stop)
}

const stop = askedToStop()
try {
  await main(stop)
} catch (error) {
  process.exitCode = 1
  if (!stop.aborted) explain(error)
}
// The IPC channel of a parent would keep a finished launcher alive.
if (process.connected) process.disconnect()

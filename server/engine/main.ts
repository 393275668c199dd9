import { pino } from 'pino'
import { readEnv } from '../env.ts'
import { startEngine } from './engine.ts'

const env = readEnv()
const log = pino({ level: env.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

try {
  await using _engine = await startEngine(env, log, () => {
    log.fatal('another engine has taken this hub over while the database was away')
    process.exit(1)
  })
  await new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve()
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
    // The lock's and listener's sockets keep the process alive; this keeps it alive while the database is away.
    const tick = setInterval(() => undefined, 60_000)
    stop.signal.addEventListener('abort', () => clearInterval(tick), { once: true })
  })
  log.info('engine stops')
} catch (error) {
  log.fatal({ err: error }, 'engine cannot run')
  process.exitCode = 1
}
// Whatever still holds the event loop must not hold the process.
setTimeout(() => process.exit(), 2000).unref()

import { pino } from 'pino'
import { stopSignal } from '#lib/process/stop-signal.ts'
import { readEnv } from '../env.ts'
import { startEngine } from './engine.ts'

const env = readEnv()
const log = pino({ level: env.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
const stop = stopSignal()

try {
  await using _engine = await startEngine(env, log, () => {
    log.fatal('another engine has taken this hub over while the database was away')
    process.exit(1)
  })
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => resolve(), { once: true })
    // The lock's and listener's sockets keep the process alive; this keeps it alive while the database is away.
    const tick = setInterval(() => undefined, 60_000)
    stop.addEventListener('abort', () => clearInterval(tick), { once: true })
  })
  log.info('engine stops')
} catch (error) {
  log.fatal({ err: error }, 'engine cannot run')
  process.exitCode = 1
}
// Whatever still holds the event loop must not hold the process.
setTimeout(() => process.exit(), 2000).unref()

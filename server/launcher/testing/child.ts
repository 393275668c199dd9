import { readEnv } from '../../env.ts'
import { startLauncher } from '../launcher.ts'

// A launcher of its own process for tests, with a stand-in for the engine: node child.ts HOME ENGINE_ENTRY
const [home = '', engineEntry = ''] = process.argv.slice(2)
const { promise: stop, resolve } = Promise.withResolvers<void>()
process.on('SIGTERM', () => resolve())
const alive = setInterval(() => undefined, 60_000)
const env = readEnv({ SENDENSE_HOME: home } as unknown as NodeJS.ProcessEnv)
try {
  await using launcher = await startLauncher({
    env,
    engineEntry,
    web: false,
    say: console.error,
    isReady: async () => true,
  })
  const { postgresPid, enginePid, databaseUrl } = launcher
  console.log(JSON.stringify({ postgresPid, enginePid, databaseUrl }))
  await stop
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
clearInterval(alive)

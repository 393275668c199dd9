import { runProgram } from './program.ts'

declare const __VERSION__: string | undefined

// sendense: the command line over the hub's REST API.
const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
process.once('SIGTERM', () => interrupted.abort())
// Whoever closes the pipe (head, less) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runProgram(
  process.argv.slice(2),
  {
    env: process.env,
    version: typeof __VERSION__ === 'string' ? __VERSION__ : 'from sources',
    signal: interrupted.signal,
  },
  (line) => console.error(line),
)

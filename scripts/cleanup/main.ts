import { toProblem } from '#contracts/problem.ts'
import { readEnv } from '#server/env.ts'
import { HELP, parseOptions } from './options.ts'
import { exitStatus, lines } from './report.ts'
import { runCleanup } from './run.ts'

// npm run cleanup: shows what is left over on this hub, and cleans it when asked to.
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else {
    const report = await runCleanup(readEnv(), options)
    const status = exitStatus(report)
    console.log(options.json ? JSON.stringify({ status, ...report }, null, 2) : lines(report).join('\n'))
    process.exitCode = status
  }
} catch (error) {
  const { happened, safe, remedy } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) console.error(line)
  process.exitCode = 2
}

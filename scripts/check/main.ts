import { toProblem } from '#contracts/problem.ts'
import { openRunningHub } from '#scripts/hub/open.ts'
import { readEnv } from '#server/env.ts'
import { HELP, parseOptions } from './options.ts'
import { exitStatus, itemLines, lastLine } from './report.ts'
import { runCheck } from './run.ts'

// npm run check: whether a backup of a machine would work, tried now.
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else {
    await using hub = await openRunningHub(readEnv())
    const check = await runCheck(hub, options, (item) => {
      if (!options.json) console.log(itemLines(item).join('\n'))
    })
    const status = exitStatus(check)
    console.log(options.json ? JSON.stringify({ status, ...check }, null, 2) : `\n${lastLine(check, Date.now())}`)
    process.exitCode = status
  }
} catch (error) {
  const { happened, safe, remedy } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) console.error(line)
  process.exitCode = 2
}

import { toProblem } from '#contracts/problem.ts'
import { openRunningHub } from '#scripts/hub/open.ts'
import { readEnv } from '#server/env.ts'
import { HELP, parseOptions } from './options.ts'
import { resetAccess } from './run.ts'

// npm run reset-access: a way in for who lost theirs, made on the hub itself.
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else {
    await using hub = await openRunningHub(readEnv())
    const { url, expiresAt } = await resetAccess(hub, options)
    console.log(`Open this once, until ${expiresAt}, to choose a new password for ${options.email}:\n\n  ${url}`)
  }
} catch (error) {
  const { happened, safe, remedy } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) console.error(line)
  process.exitCode = 2
}

import { toProblem } from '#contracts/problem.ts'
import { openRunningHub } from '#scripts/hub/open.ts'
import { createKeyring } from '#server/drivers/vault/driver.ts'
import { readEnv } from '#server/env.ts'
import { writeKit } from './kit.ts'
import { HELP, parseOptions } from './options.ts'
import { rotate } from './rotate.ts'

// npm run vault: the key that opens stored secrets, changed or kept safe.
try {
  const options = parseOptions(process.argv.slice(2))
  const env = readEnv()
  if (options.command === 'help') console.log(HELP)
  else if (options.command === 'rotate') {
    await using hub = await openRunningHub(env)
    const { sealed, resumed } = await rotate(hub.prisma, createKeyring(env.paths.secrets))
    console.log(
      `${resumed ? 'A rotation that was cut off was finished' : 'Rotated'}: ${sealed} stored secrets have the new key.`,
    )
    console.log('Make a new recovery kit: the former one does not open them.')
  } else {
    for (const name of await writeKit(env, options.out)) console.log(`  ${name}`)
    console.log(
      `\nWritten to ${options.out}. Who has it and the database can act as the hub: keep it closed, and elsewhere.`,
    )
  }
} catch (error) {
  const { happened, safe, remedy } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) console.error(line)
  process.exitCode = 2
}

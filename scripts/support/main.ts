import { toProblem } from '#contracts/problem.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { readEnv } from '#server/env.ts'
import { HELP, parseOptions } from './options.ts'
import { writeBundle } from './run.ts'

// npm run support-bundle: what helps to find a fault, in one archive, for when the web is down.
try {
  const { help, out, job } = parseOptions(process.argv.slice(2))
  if (help || out === null) console.log(HELP)
  else {
    const { files, missing } = await writeBundle(readEnv(), out, job)
    for (const { name, sizeBytes, redacted } of files)
      console.log(`${formatBytes(sizeBytes).padStart(10)}  ${name}${redacted > 0 ? `  (${redacted} taken out)` : ''}`)
    for (const { what, why } of missing) console.log(`   not had  ${what}: ${why}`)
    console.log(`\nWritten to ${out}. Look at it before you give it away: names of machines and paths are in it.`)
  }
} catch (error) {
  const { happened, safe, remedy } = toProblem(error)
  for (const line of [happened, safe, remedy]) if (line) console.error(line)
  process.exitCode = 2
}

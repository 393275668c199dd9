import { access, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { run } from '#lib/process/run.ts'
import { compileEarly } from './eager.ts'

const DEADLINE_MS = 10 * 60_000

async function isBuilt(root: string, stamp: string, hash: string): Promise<boolean> {
  const [built, known] = await Promise.all([
    access(path.join(root, '.next', 'BUILD_ID')).then(
      () => true,
      () => false,
    ),
    readFile(stamp, 'utf8').catch(() => null),
  ])
  return built && known === hash
}

/** What Next said, errors only: its warnings come last and are long. */
function words(...outputs: string[]): string[] {
  const errors = outputs.map((text) => text.split(/Turbopack build encountered \d+ warning/)[0] ?? '')
  return errors
    .join('\n')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-50)
}

/**
 * `next build`, skipped when its inputs are those of the last one.
 * @returns true when it was built now
 */
export async function buildWeb(root: string, hash: string): Promise<boolean> {
  const stamp = path.join(root, '.next', 'sendense-inputs')
  if (await isBuilt(root, stamp, hash)) return false
  await rm(stamp, { force: true })
  const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const result = await run(process.execPath, [next, 'build'], {
    cwd: root,
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
    timeoutMs: DEADLINE_MS,
  })
  if (!result.ok)
    throw new ProblemError({
      code: 'internal',
      happened: 'The dashboard could not be built (next build).',
      safe: 'The former build, if there is one, may be half replaced: it is not used.',
      remedy: 'Its words are below.',
      tool: { ...result.report, stderr: words(result.stdout, result.stderr) },
    })
  await compileEarly(path.join(root, '.next', 'static', 'chunks'))
  await writeFile(stamp, hash)
  return true
}

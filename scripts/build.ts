import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { toProblem } from '#contracts/problem.ts'
import { bundleAppliance } from './build/appliance.ts'
import { bundleCli } from './build/cli.ts'
import { readBuildId } from './build/id.ts'
import { hashInputs } from './build/inputs.ts'
import { oneAtATime } from './build/lock.ts'
import { buildWeb } from './build/web.ts'

/** What a build made. */
export interface Build {
  buildId: string
  /** The appliance as one file; its unit and what installs both lie beside it. */
  appliance: string
  /** False when the dashboard was up to date already. */
  webBuilt: boolean
}

/**
 * Builds all that runs: the build id (dist/build.json), the appliance's bundle, the dashboard. Quick when nothing changed;
 * waits for another build of the same checkout.
 * @param say  told in one line what takes long
 * @throws ProblemError with the last words of `next build`
 */
export async function build(root: string, say: (line: string) => void = () => undefined): Promise<Build> {
  return oneAtATime(root, say, () => buildAlone(root, say))
}

async function buildAlone(root: string, say: (line: string) => void): Promise<Build> {
  const hash = await hashInputs(root)
  const buildId = await readBuildId(root, hash)
  const dist = path.join(root, 'dist')
  await mkdir(dist, { recursive: true })
  const info = path.join(dist, 'build.json')
  await writeFile(`${info}.new`, `${JSON.stringify({ buildId, inputs: hash })}\n`)
  await rename(`${info}.new`, info)
  const appliance = path.join(dist, 'sendense-appliance.mjs')
  await bundleAppliance(root, buildId, appliance)
  for (const file of ['sendense-appliance.service', 'install-appliance.sh'])
    await copyFile(path.join(root, 'docs/systemd', file), path.join(dist, file))
  await bundleCli(root, path.join(dist, 'sendense.mjs'))
  say(`Building the dashboard, unless it is up to date (build ${buildId}) …`)
  const webBuilt = await buildWeb(root, hash)
  return { buildId, appliance, webBuilt }
}

if (import.meta.main) {
  try {
    const { buildId, webBuilt } = await build(path.resolve(import.meta.dirname, '..'), console.log)
    console.log(`Build ${buildId}: appliance bundled, dashboard ${webBuilt ? 'built' : 'up to date'}.`)
  } catch (error) {
    const { happened, remedy, tool } = toProblem(error)
    console.error([happened, remedy, ...(tool?.stderr ?? [])].filter(Boolean).join('\n'))
    process.exitCode = 1
  }
}

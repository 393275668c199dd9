import { writeFile } from 'node:fs/promises'
import { CANARY } from '#contracts/appliance.ts'
import type { CheckId } from '#contracts/check.ts'
import { ProblemError } from '#contracts/problem.ts'
import { formatTargets } from '#contracts/targets.ts'
import { CANARY_BYTES, patternBytes } from '#lib/canary/pattern.ts'
import { appendEvent } from '../../db/events.ts'
import { intend, type LedgerRow, markLive, markOrphan, markReleased } from '../../db/resources.ts'
import { failedBy, passed } from '../../domain/check/judge.ts'
import { exportNameFor } from '../../domain/names.ts'
import { checkImage, compareImages, createImage } from '../../drivers/image/driver.ts'
import { beginScratch, removeScratch, scratchPaths } from '../../drivers/repository/driver.ts'
import type { LiveExport } from '../../engine/exports.ts'
import { revokeDataKey } from '../clean-resource.ts'
import type { CheckRun } from './run.ts'

export const canaryChecks: readonly CheckId[] = ['tunnel', 'canary', 'connections', 'stored']

type Scratch = ReturnType<typeof scratchPaths>

/** What stands once the tunnel answers. */
interface Way {
  scratch: Scratch
  live: LiveExport
  targets: string
  key: LedgerRow
}

async function makeImage(run: CheckRun, repositoryPath: string): Promise<Scratch> {
  const { ctx, check, signal } = run
  const scratch = scratchPaths(repositoryPath, check.id)
  const row = await intend(ctx.prisma, 'scratch-directory', scratch.directory, check.id, { repositoryPath })
  if (!row) throw new Error(`${scratch.directory} is on the ledger already`)
  run.cleanup.add('canary image', async () => {
    try {
      await removeScratch(repositoryPath, scratch.directory)
      await markReleased(ctx.prisma, row.id)
    } catch (error) {
      await markOrphan(ctx.prisma, row.id)
      throw error
    }
    return null
  })
  await beginScratch(repositoryPath, check.id)
  await markLive(ctx.prisma, row.id)
  await createImage(scratch.image, CANARY_BYTES, { signal })
  return scratch
}

async function serve(run: CheckRun, scratch: Scratch): Promise<LiveExport> {
  const { ctx, check, signal } = run
  const exportName = exportNameFor(`check-${check.id.slice(0, 8)}`, CANARY.key)
  const options = { imagePath: scratch.image, exportName, readOnly: false, jobId: check.id, signal }
  const live = await ctx.exports.start(options)
  run.cleanup.add('canary export', async () => {
    await ctx.exports.stopById(live.id)
    return null
  })
  return live
}

/** Opens the canary's own tunnel, exactly as a backup's. @returns what the client is started with */
async function connect(
  run: CheckRun,
  live: LiveExport,
  publicKey: string,
): Promise<{ targets: string; key: LedgerRow }> {
  const { ctx, check, client, signal } = run
  const row = await intend(ctx.prisma, 'data-key', check.id, check.id, { publicKey, openPorts: [live.port] })
  if (!row) throw new Error(`the key of the check ${check.id} is on the ledger already`)
  run.cleanup.add('data tunnel', async () => {
    await revokeDataKey(ctx, row)
    return null
  })
  await ctx.keys.apply()
  await markLive(ctx.prisma, row.id)
  const asked = { jobId: check.id, hubPorts: [live.port] }
  const { forwards } = await client.call('jobs.connect', asked, { timeoutMs: 40_000, signal })
  await appendEvent(ctx.prisma, { kind: 'tunnels.changed' })
  const forward = forwards.find(({ hubPort }) => hubPort === live.port)
  if (!forward)
    throw new ProblemError({ code: 'tunnel_refused', happened: 'The tunnel has no forward for the canary.' })
  const { host, port } = forward
  const targets = formatTargets([{ key: CANARY.key, host, port, exportName: live.exportName }])
  const { disks } = await client.call('jobs.check', { jobId: check.id, targets }, { timeoutMs: 30_000, signal })
  const problem = disks.find(({ ok }) => !ok)?.problem
  if (problem) throw new ProblemError(problem)
  return { targets, key: row }
}

/** The backup client itself writes the canary, and ends after its flush. @throws ProblemError */
async function write({ client, check, signal }: CheckRun, targets: string): Promise<void> {
  await client.call('jobs.start', { jobId: check.id, targets, tunnelAwaySeconds: 0 }, { timeoutMs: 20_000, signal })
  for await (const report of client.reports(check.id, 0, signal)) {
    if (report.type === 'disk-ended' && report.problem) throw new ProblemError(report.problem)
    if (report.type === 'client-ended' && !report.ok)
      throw new ProblemError(
        report.problem ?? { code: 'client_exited', happened: 'The backup client ended early.', tool: report.tool },
      )
  }
}

/** What lies in the closed image is what was written, byte for byte. */
async function compareStored(run: CheckRun, { live, key, scratch: { image, expected } }: Way): Promise<string> {
  const { ctx, signal } = run
  // Nobody can write any more when the image is read.
  await revokeDataKey(ctx, key)
  const end = await ctx.exports.stopById(live.id)
  if (end?.exitCode !== 0)
    throw new ProblemError({
      code: 'export_failed',
      happened: `qemu-nbd did not end cleanly (exit status ${end?.exitCode ?? 'unknown'}).`,
      ...(end ? { tool: end.tool } : {}),
    })
  await writeFile(expected, patternBytes(0, CANARY_BYTES), { mode: 0o600 })
  const { clean } = await checkImage(image, { signal })
  const { identical, detail } = await compareImages(image, { path: expected, format: 'raw' }, { signal })
  if (clean && identical) return `All of it lies in the closed image, byte for byte, and qemu-img finds it clean.`
  throw new ProblemError({ code: 'proof_failed', happened: `The image does not hold what was written: ${detail}` })
}

const SUSPECT = 'Look at the hub’s storage and memory, then check again: a backup would fail in the same way.'

/** A disk of known bytes goes the way of every backup: its own tunnel, a qemu-nbd of the same kind, the same client. */
export async function checkCanary(run: CheckRun, repositoryPath: string, publicKey: string): Promise<void> {
  const { client, check, signal } = run
  const notTried = (ids: readonly CheckId[]) => run.pass(ids, 'Not tried: it needs what failed above.')
  let way: Way | null = null
  await run.answer('tunnel', async () => {
    const scratch = await makeImage(run, repositoryPath)
    const live = await serve(run, scratch)
    way = { scratch, live, ...(await connect(run, live, publicKey)) }
    return passed(`A tunnel of its own leads to an export on port ${live.port}, which answers, reads and flushes.`)
  })
  if (way === null) return notTried(canaryChecks)
  const { targets } = way as Way
  let second: { ms: number; problem: Parameters<typeof failedBy>[0] | null } | null = null
  const well = await run.answer('canary', async () => {
    await write(run, targets)
    const read = await client.call('jobs.canary', { jobId: check.id, targets }, { timeoutMs: 60_000, signal })
    second = read.second
    if (read.problem) return failedBy(read.problem, SUSPECT)
    return passed(
      `${read.sameBytes.toLocaleString('en')} bytes were written and flushed through it, read back, and are the same.`,
    )
  })
  if (second !== null) {
    const { ms, problem } = second as { ms: number; problem: Parameters<typeof failedBy>[0] | null }
    const remedy = 'Something limits the export to one client: a backup opens several. See Exports & tunnels.'
    await run.answer('connections', () =>
      problem ? failedBy(problem, remedy) : passed(`A second connection was taken in ${ms} ms while one was open.`),
    )
  }
  if (well) await run.answer('stored', async () => passed(await compareStored(run, way as unknown as Way)))
  else await notTried(canaryChecks)
}

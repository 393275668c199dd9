import type { Extent } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { missingExtents, totalBytes } from '../../drivers/image/coverage.ts'
import { allocatedBytes, checkImage, imageInfo, mapImage, virtualSizeFor } from '../../drivers/image/driver.ts'
import { askPatiently } from './reach.ts'
import type { BackupRun, RunDisk } from './run.ts'

/** Ranges a question to the appliance: keeps its body small. */
const RANGES = 5000

function refuse(disk: RunDisk, words: string): ProblemError {
  return new ProblemError({
    code: 'proof_failed',
    happened: `Disk ${disk.key}: ${words}`,
    safe: 'Earlier backups are untouched; this one is discarded because its bytes are not proved.',
    remedy: 'Start the backup again. If it fails the same way, look at the storage of the repository.',
  })
}

/**
 * Ends the export: the very process that took the writes, and cleanly, or the image is not to be trusted. The exit status
 * of one that an earlier engine started cannot be known: its copier's flush, the check and the coverage speak for it.
 */
async function closeExport(run: BackupRun, disk: RunDisk): Promise<boolean> {
  if (disk.closed) {
    const { killed, exitCode } = disk.closed
    if (killed) throw refuse(disk, 'its qemu-nbd had to be killed.')
    if (exitCode !== null && exitCode !== 0) throw refuse(disk, `its qemu-nbd ended with exit status ${exitCode}.`)
    return true
  }
  if (!disk.live) throw new Error(`disk ${disk.key} has no export`)
  if (!(await isAlive(disk.live.process.identity))) throw refuse(disk, 'the qemu-nbd that took the writes is gone.')
  const end = await run.ctx.exports.stopById(disk.live.id)
  const wrong = disk.live.adopted ? false : end?.exitCode !== 0
  if (!end || end.killed || end.wasGone || wrong)
    throw refuse(
      disk,
      `its qemu-nbd did not end cleanly (exit status ${end?.exitCode ?? 'unknown'}${end?.killed ? ', killed' : ''}).`,
    )
  return true
}

/** Source data that the image does not hold must be zeros: the source is read again there, every byte. */
async function verifyZeros(run: BackupRun, disk: RunDisk, missing: readonly Extent[]): Promise<number> {
  let checked = 0
  for (let i = 0; i < missing.length; i += RANGES) {
    const ranges = missing.slice(i, i + RANGES)
    const answer = await askPatiently(
      run,
      'jobs.verifyZero',
      { jobId: run.job.id, key: disk.key, ranges },
      { timeoutMs: 3_600_000, signal: run.signal },
    )
    if (!answer.zero) throw refuse(disk, `the image lacks data that the source has (${answer.detail ?? 'not zero'}).`)
    checked += answer.checkedBytes
  }
  const expected = totalBytes(missing)
  if (checked !== expected) throw refuse(disk, `${checked} of ${expected} bytes were verified as zeros.`)
  return checked
}

/** Every condition of "completed means proved" for one disk (DESIGN §5). @throws ProblemError `proof_failed` */
async function proveDisk(run: BackupRun, disk: RunDisk): Promise<void> {
  const { job, signal } = run
  if (disk.state === 'proved' && disk.proof) return
  await run.setDisk(disk.key, 'checking')
  const sameExportProcess = await closeExport(run, disk)
  const check = await checkImage(disk.imagePath, { signal })
  if (!check.clean)
    throw refuse(
      disk,
      `qemu-img check found ${check.corruptions} corruptions, ${check.leaks} leaks, ${check.errors} errors.`,
    )
  const { virtualSizeBytes } = await imageInfo(disk.imagePath, { signal })
  if (virtualSizeBytes !== virtualSizeFor(disk.sizeBytes))
    throw refuse(disk, `the image is ${virtualSizeBytes} bytes long, its source ${disk.sizeBytes}.`)
  const { extents } = await askPatiently(
    run,
    'jobs.extents',
    { jobId: job.id, key: disk.key },
    { timeoutMs: 60_000, signal },
  )
  const missing = missingExtents(extents, await mapImage(disk.imagePath, { signal }), virtualSizeBytes)
  const verifiedZeroBytes = await verifyZeros(run, disk, missing)
  const dataBytes = totalBytes(extents)
  disk.allocatedBytes = await allocatedBytes(disk.imagePath)
  disk.proof = {
    ...{ copierExit: 0, sameExportProcess, checkClean: true, sizeBytes: disk.sizeBytes, dataBytes },
    ...{ accountedBytes: dataBytes - verifiedZeroBytes, verifiedZeroBytes, allocatedBytes: disk.allocatedBytes },
    at: new Date().toISOString(),
  }
  await run.setDisk(disk.key, 'proved')
  await run.step(
    'proof',
    `Disk ${disk.key}: ${dataBytes} bytes accounted for, ${verifiedZeroBytes} of them zeros read again.`,
    'ok',
    disk.key,
  )
}

/** Proves every disk. */
export async function prove(run: BackupRun): Promise<void> {
  const results = await Promise.allSettled([...run.disks.values()].map((disk) => proveDisk(run, disk)))
  const failed = results.find((result) => result.status === 'rejected')
  await run.publish()
  if (failed) throw failed.reason
}

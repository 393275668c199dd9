import { access } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import type { Proof } from '#contracts/views.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { digestsNameFor, mapNameFor } from '../../domain/names.ts'
import { allocatedBytes, checkImage, imageInfo, virtualSizeFor } from '../../drivers/image/driver.ts'
import { ProofFailure, type ProofResult, proveImage } from '../../drivers/proof/driver.ts'
import { refuse } from './refuse.ts'
import type { BackupRun, RunDisk } from './run.ts'

/** What a difference says of its way: the two digests that disagree are the transfer process's and the image's. */
const STRETCH = 'transfer → tunnel → export → image'
/** Reading an image's tables takes this much at least, and more for each TiB of disk. */
const CHECK_MS = 600_000
const CHECK_MS_PER_TIB = 3_600_000

/** The image does not hold what was read at the source. What is stored is kept for a look. */
export class ContentDiffers extends ProblemError {
  readonly contentDiffers = true

  /** The one of ProblemError would take every problem for this one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && 'contentDiffers' in value
  }
}

function differs({ job }: BackupRun, disk: RunDisk, words: string): ContentDiffers {
  const next =
    job.rerunOfId === null
      ? 'a new backup starts by itself'
      : 'no other backup starts by itself, for this was the second in a row'
  return new ContentDiffers({
    code: 'proof_failed',
    happened: `Disk ${disk.key}: ${words}`.slice(0, 2000),
    safe: `Earlier backups are untouched. What was stored is kept for a look (Housekeeping); ${next}.`,
    remedy: 'Look at the memory of both hosts and at the storage of the repository, if the next backup fails as well.',
    hop: 'image',
  })
}

const bytes = (count: number) => count.toLocaleString('en')

async function compare(run: BackupRun, disk: RunDisk): Promise<ProofResult> {
  const { sizeBytes, key } = disk
  try {
    return await proveImage(
      {
        image: disk.imagePath,
        log: path.join(run.partial, digestsNameFor(key)),
        map: path.join(run.partial, mapNameFor(key)),
        sizeBytes,
        sectors: disk.source.sectors,
      },
      {
        signal: run.signal,
        onProgress: (done, total) => {
          if (done !== disk.checkedBytes) run.goesOn()
          disk.checkedBytes = done
          disk.toCheckBytes = total
        },
      },
    )
  } catch (error) {
    if (!(error instanceof ProofFailure)) throw error
    if (error.isOfImage) throw differs(run, disk, `the stored image cannot be read back: ${error.message}`)
    throw refuse(disk, `the proof cannot be made: ${error.message}`)
  }
}

/** As its header says. One that QEMU cannot open is there, and is not what was written. */
async function sizeOfImage(run: BackupRun, disk: RunDisk): Promise<number> {
  const { signal } = run
  try {
    return (await imageInfo(disk.imagePath, { signal })).virtualSizeBytes
  } catch (error) {
    signal.throwIfAborted()
    const isThere = await access(disk.imagePath).then(
      () => true,
      () => false,
    )
    if (!isThere || !(error instanceof ProblemError) || error.problem.code !== 'proof_failed') throw error
    throw differs(run, disk, `the stored image cannot be read back: ${error.problem.happened}`)
  }
}

/** Every condition of "completed means proved" for one disk (DESIGN §5). @throws ProblemError `proof_failed` */
async function proveDisk(run: BackupRun, disk: RunDisk): Promise<void> {
  const { signal } = run
  if (disk.state === 'proved' && disk.proof) return
  await run.setDisk(disk.key, 'checking')
  const virtualSizeBytes = await sizeOfImage(run, disk)
  if (virtualSizeBytes !== virtualSizeFor(disk.sizeBytes))
    throw differs(run, disk, `the image is ${virtualSizeBytes} bytes long, its source ${disk.sizeBytes}.`)
  const result = await compare(run, disk)
  const { comparison: found } = result
  if (!found.equal)
    throw differs(
      run,
      disk,
      `${bytes(found.differing)} of ${bytes(found.leaves)} blocks of 64 KiB differ from what was read at the source: the first at byte ${found.firstOffset}, the last at byte ${found.lastOffset}. They changed on the stretch ${STRETCH}.`,
    )
  const timeoutMs = CHECK_MS + Math.ceil((disk.sizeBytes / 2 ** 40) * CHECK_MS_PER_TIB)
  const check = await checkImage(disk.imagePath, { signal, timeoutMs })
  if (!check.clean)
    throw differs(
      run,
      disk,
      `qemu-img check found ${check.corruptions} corruptions, ${check.leaks} leaks, ${check.errors} errors.`,
    )
  disk.allocatedBytes = await allocatedBytes(disk.imagePath)
  disk.proof = proofOf(disk, result)
  await run.setDisk(disk.key, 'proved')
  await run.step(
    'proof',
    `Disk ${disk.key}: ${bytes(disk.proof.hashedLeaves)} blocks hashed, ${bytes(disk.proof.readBackLeaves)} read back (${formatBytes(found.readBytes)}), 0 differ; ${formatBytes(disk.proof.zeroBytes)} read as zeros, ${formatBytes(disk.proof.holeBytes)} are holes by the source's word.`,
    'ok',
    disk.key,
  )
}

function proofOf(disk: RunDisk, { map: summary, comparison: found }: ProofResult): Proof {
  if (!summary || summary.root !== found.root)
    throw refuse(disk, 'the map that was built is not the one that was read.')
  return {
    ...{ sizeBytes: disk.sizeBytes, leaves: summary.leaves, hashedLeaves: summary.hashed, zeroLeaves: summary.zeros },
    ...{ holeLeaves: summary.holes, hashedBytes: summary.hashedBytes, zeroBytes: summary.zeroBytes },
    ...{ holeBytes: summary.holeBytes, readBackLeaves: found.comparedLeaves, readBackBytes: found.readBytes },
    ...{
      differing: 0,
      pastPageCache: found.direct,
      checkClean: true,
      mapRoot: summary.root,
      mapBytes: summary.mapBytes,
    },
    sameExportProcess: disk.closed?.exitCode === 0,
    allocatedBytes: disk.allocatedBytes,
    at: new Date().toISOString(),
  }
}

/** Proves every disk: one after the other, for each reads as fast as the storage gives. */
export async function prove(run: BackupRun): Promise<void> {
  try {
    for (const disk of run.disks.values()) await proveDisk(run, disk)
  } finally {
    await run.publish()
  }
}

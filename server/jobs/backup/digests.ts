import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { LEAF_BYTES } from '#lib/digests/leaf.ts'
import { digestsNameFor } from '../../domain/names.ts'
import type { BackupRun } from './run.ts'

/** A record of one leaf is some 64 bytes, and a leaf may come several times when a copy is cut. */
const BYTES_A_LEAF = 256
const LEAST_LIMIT = 16 * 1024 * 1024
const PAUSE_MS = 500

/** No honest log of a disk is longer. */
export const logLimit = (sizeBytes: number) => LEAST_LIMIT + Math.ceil(sizeBytes / LEAF_BYTES) * BYTES_A_LEAF

/**
 * Fetches the digest log of one disk, piece by piece as the appliance stores it, into the unfinished backup. What is there
 * already (of an earlier engine) is not fetched again.
 */
export class DigestPull {
  readonly #run: BackupRun
  readonly #key: number
  readonly #file: string
  #wanted = 0
  #have: number | null = null
  #work: Promise<void> | null = null
  #failed: unknown = null

  constructor(run: BackupRun, key: number) {
    this.#run = run
    this.#key = key
    this.#file = path.join(run.partial, digestsNameFor(key))
  }

  /** The appliance has stored so much of it. @throws ProblemError when no honest log is so long */
  stored(logBytes: number): void {
    const limit = logLimit(this.#run.disk(this.#key).sizeBytes)
    if (logBytes > limit)
      throw new ProblemError({
        code: 'proof_failed',
        happened: `The appliance says that the digest log of disk ${this.#key} has ${logBytes} bytes; at most ${limit} are possible.`,
        safe: 'Earlier backups are untouched; this one is discarded because its bytes cannot be proved.',
      })
    this.#wanted = Math.max(this.#wanted, logBytes)
    this.#work ??= this.#fetchAll().finally(() => {
      this.#work = null
    })
    this.#work.catch((error: unknown) => {
      this.#failed ??= error
    })
  }

  /** Returns when all that is stored is here and synced. @throws what the fetching threw */
  async settle(): Promise<void> {
    while (this.#work) await this.#work.catch(() => undefined)
    if (this.#failed) throw this.#failed
    if ((this.#have ?? 0) < this.#wanted) {
      await this.#fetchAll()
    }
  }

  async #fetchAll(): Promise<void> {
    let awaySince: number | null = null
    this.#have ??= await stat(this.#file).then(
      ({ size }) => size,
      () => 0,
    )
    while (this.#have < this.#wanted) {
      try {
        await this.#fetch(this.#have, this.#wanted)
        awaySince = null
      } catch (error) {
        this.#run.signal.throwIfAborted()
        if (!(error instanceof ProblemError) || error.problem.code !== 'appliance_unreachable') throw error
        awaySince ??= performance.now()
        if (performance.now() - awaySince > this.#run.ctx.env.applianceAwayMs) throw error
        await sleep(PAUSE_MS, this.#run.signal)
      }
    }
  }

  async #fetch(from: number, to: number): Promise<void> {
    const { client, job, signal } = this.#run
    await using file = await open(this.#file, from === 0 ? 'w' : 'r+', 0o600)
    let at = from
    for await (const bytes of client.digests(job.id, this.#key, { from, to }, signal)) {
      await file.write(bytes, 0, bytes.length, at)
      at += bytes.length
    }
    await file.datasync()
    this.#have = at
  }
}

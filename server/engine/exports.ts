import { ProblemError } from '#contracts/problem.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { sleep } from '#lib/async/wait.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'
import type { PrismaClient } from '../db/client.ts'
import { appendEvent } from '../db/events.ts'
import { releasePort } from '../db/port-rows.ts'
import { intend, type LedgerRow, markLive, markOrphan, markReleased, noteData, openResources } from '../db/resources.ts'
import { type ExportEnd, type ExportProcess, exportFiles, startExport, stopExport } from '../drivers/nbd/driver.ts'
import type { HubEnv } from '../env.ts'
import { claimPort } from './ports.ts'

/** What an `export` row on the ledger says. */
export interface ExportFacts {
  exportName: string
  port: number
  imagePath: string
  readOnly: boolean
  portRowId: string
  /** How its qemu-nbd ended, once it has. */
  end?: Pick<ExportEnd, 'exitCode' | 'killed' | 'wasGone'>
  /** The restore point it serves; none while a backup writes. */
  backupId?: string
}

export interface LiveExport extends ExportFacts {
  /** Id of its row on the ledger. */
  id: string
  process: Pick<ExportProcess, 'identity' | 'exited' | 'logFile'>
  /** Started by an earlier engine: its exit status cannot be known. */
  adopted: boolean
}

const LOOK_MS = 500

/** The end of a process that is not our child: seen by looking. Never resolves when nobody waits any more. */
async function endOfStranger(identity: ProcessIdentity, signal: AbortSignal): ExportProcess['exited'] {
  try {
    while (await isAlive(identity)) await sleep(LOOK_MS, signal)
  } catch {
    return new Promise(() => undefined)
  }
  return { exitCode: null, signal: null }
}

/** The one owner of qemu-nbd processes and their ports. */
export class Exports {
  readonly #prisma: PrismaClient
  readonly #env: HubEnv
  readonly #ports = new Mutex()
  readonly #exited = new Map<string, ExportProcess['exited']>()

  constructor(prisma: PrismaClient, env: HubEnv) {
    this.#prisma = prisma
    this.#env = env
  }

  /** Serves an image on a port of its own. On failure nothing is left. @throws ProblemError */
  async start(options: {
    imagePath: string
    exportName: string
    readOnly: boolean
    jobId: string | null
    backupId?: string
    signal?: AbortSignal
  }): Promise<LiveExport> {
    const { imagePath, exportName, readOnly, jobId, backupId, signal } = options
    // One claim at a time: exports that are begun in order have ports in that order.
    const { port, row: portRow } = await this.#ports.run(() => claimPort(this.#prisma, this.#env.exportPorts, jobId))
    const facts: ExportFacts = {
      ...{ exportName, port, imagePath, readOnly, portRowId: portRow.id },
      ...(backupId === undefined ? {} : { backupId }),
    }
    const row = await intend(this.#prisma, 'export', `${exportName}@${port}`, jobId, { ...facts })
    try {
      if (!row)
        throw new ProblemError({
          code: 'conflict',
          happened: `${exportName} on port ${port} is on the ledger already.`,
        })
      const process = await startExport({
        imagePath,
        format: 'qcow2',
        exportName,
        host: '127.0.0.1',
        port,
        readOnly,
        dir: this.#env.paths.exports,
        mark: row.id,
        deadlineMs: 10_000,
        signal,
      })
      await markLive(this.#prisma, row.id, process.identity)
      await markLive(this.#prisma, portRow.id)
      this.#exited.set(row.id, process.exited)
      this.#tellWhenGone(row.id, process.exited)
      await appendEvent(this.#prisma, { kind: 'exports.changed' }, jobId)
      return { ...facts, id: row.id, process, adopted: false }
    } catch (error) {
      if (row) await markReleased(this.#prisma, row.id)
      await markReleased(this.#prisma, portRow.id)
      throw error
    }
  }

  /** Takes over an export of an earlier engine; null when its very process is gone. */
  async adopt(row: LedgerRow, signal: AbortSignal): Promise<LiveExport | null> {
    const facts = row.data as ExportFacts
    if (row.pid === null || row.pidStart === null) return null
    const identity = { pid: row.pid, start: row.pidStart }
    if (!(await isAlive(identity))) return null
    const { logFile } = exportFiles(this.#env.paths.exports, facts.exportName, facts.port)
    return {
      ...facts,
      id: row.id,
      adopted: true,
      process: { identity, logFile, exited: endOfStranger(identity, signal) },
    }
  }

  /** Stops what the row stands for and closes the row and its port's. What cannot be stopped stays as an orphan. */
  async stop(row: LedgerRow): Promise<ExportEnd | null> {
    const facts = row.data as ExportFacts
    const exited = this.#exited.get(row.id)
    this.#exited.delete(row.id)
    try {
      const identity = row.pid !== null && row.pidStart !== null ? { pid: row.pid, start: row.pidStart } : null
      const end = identity
        ? await stopExport({
            ...facts,
            identity,
            host: '127.0.0.1',
            dir: this.#env.paths.exports,
            exited,
          })
        : null
      if (end) {
        const { exitCode, killed, wasGone } = end
        await noteData(this.#prisma, row.id, { ...facts, end: { exitCode, killed, wasGone } })
      }
      await markReleased(this.#prisma, row.id)
      // A key that still opens it gives it back with its own end.
      await releasePort(this.#prisma, facts.portRowId)
      await appendEvent(this.#prisma, { kind: 'exports.changed' }, row.jobId)
      return end
    } catch (error) {
      await markOrphan(this.#prisma, row.id)
      throw error
    }
  }

  /** One that dies by itself is news as well. */
  #tellWhenGone(id: string, exited: ExportProcess['exited']): void {
    const tell = async () => {
      if (this.#exited.has(id)) await appendEvent(this.#prisma, { kind: 'exports.changed' })
    }
    // No more than news: whoever uses the export finds out by itself.
    void exited.then(tell).catch(() => undefined)
  }

  /** Stops by ledger id; null when it is released already. */
  async stopById(id: string): Promise<ExportEnd | null> {
    const row = (await openResources(this.#prisma, { kind: 'export' })).find((candidate) => candidate.id === id)
    return row ? this.stop(row) : null
  }

  /** Every export that is not released, by port, with whether its very process lives. */
  async list(): Promise<{ row: LedgerRow; facts: ExportFacts; alive: boolean }[]> {
    const rows = await openResources(this.#prisma, { kind: 'export' })
    const listed = await Promise.all(
      rows.map(async (row) => ({
        row,
        facts: row.data as ExportFacts,
        alive: row.pid !== null && row.pidStart !== null && (await isAlive({ pid: row.pid, start: row.pidStart })),
      })),
    )
    return listed.toSorted((a, b) => a.facts.port - b.facts.port)
  }
}

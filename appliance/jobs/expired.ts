import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { applianceMethods } from '#contracts/appliance.ts'
import { idSchema } from '#contracts/ids.ts'
import { type Problem, problemSchema } from '#contracts/problem.ts'
import { writeJson } from './record.ts'

const entrySchema = z.object({
  jobId: idSchema,
  problem: problemSchema,
  /** How each step of its end went: told to a hub that asks for the end later. */
  steps: applianceMethods['jobs.end'].output.shape.steps,
})
type Entry = z.infer<typeof entrySchema>

/** Jobs remembered. */
const MOST = 200

/** The jobs this appliance ended by itself, with why: kept on disk until the hub has asked for their end. */
export class Expired {
  readonly #file: string
  readonly #entries = new Map<string, Entry>()

  constructor(file: string) {
    this.#file = file
  }

  async load(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '[]')
    for (const entry of z.array(entrySchema).parse(JSON.parse(text))) this.#entries.set(entry.jobId, entry)
  }

  get(jobId: string): Entry | null {
    return this.#entries.get(jobId) ?? null
  }

  async add(entry: Entry): Promise<void> {
    this.#entries.set(entry.jobId, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MOST && oldest !== undefined) this.#entries.delete(oldest)
    await this.#write()
  }

  async forget(jobId: string): Promise<void> {
    if (this.#entries.delete(jobId)) await this.#write()
  }

  #write(): Promise<void> {
    return writeJson(this.#file, [...this.#entries.values()])
  }
}

/** Why the appliance ended a job by itself. */
export function leaseProblem(silentMs: number, wasCopying: boolean, at = new Date()): Problem {
  const minutes = silentMs / 60_000
  const time = minutes >= 2 ? `${Math.round(minutes)} minutes` : `${Math.round(silentMs / 1000)} s`
  return {
    code: 'lease_expired',
    happened:
      `The appliance heard nothing of the hub for ${time} and ended this backup by itself at ${at.toISOString()}` +
      `${wasCopying ? ', in the middle of its copy' : ''}: a source must not stay frozen for a hub that does not come back.`,
    safe: 'Earlier backups are untouched. Snapshot, key and tunnel of the job are removed from the appliance.',
    remedy:
      'Start the backup again. If the hub has to be away for longer, raise "lease" in the settings of the appliance.',
  }
}

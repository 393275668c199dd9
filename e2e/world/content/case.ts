import { cp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { isTerminal } from '#contracts/job.ts'
import type { BackupView, JobView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import { createRandom } from '#scripts/seed/random.ts'
import { compareImages } from '#server/drivers/image/driver.ts'
import type { ContentBench, HoldPoint } from './bench.ts'
import { standAloneCheck } from './check.ts'
import { type DrawnDisk, drawDisk } from './disks.ts'
import { notAsMeant, type Truth, wrongWithCheck, wrongWithFailure } from './judge.ts'
import { type Injected, isAfterProof, type Kind, type Moment, type Target } from './kind.ts'
import { differingLeaves } from './truth.ts'
import { startWire } from './wire.ts'

export interface ContentCase {
  number: number
  kind: Kind
  moment: Moment
  /** Of disks, places and sizes. */
  seed: number
}

export interface ContentRecord {
  number: number
  kind: string
  moment: Moment
  /** `caught`: bytes were changed, and the product said so as it must. `calm`: nothing was changed, and it said nothing. */
  outcome: 'caught' | 'calm' | 'wrong' | 'not injected'
  place: string
  /** In the product's words. */
  said: string
  wrongs: string[]
}

const KEYS = [2000, 2001] as const
const holdOf: Partial<Record<Moment, HoldPoint>> = { copied: 'copied', released: 'released', proved: 'proved' }

/** Two disks of a machine, of drawn size and content. */
export async function drawDisks(directory: string, seed: number): Promise<[DrawnDisk, DrawnDisk]> {
  const random = createRandom(seed)
  const disk = (key: number) => drawDisk(random, path.join(directory, `disk-${key}.raw`), key)
  return [await disk(KEYS[0]), await disk(KEYS[1])]
}

/** What of a completed backup is not as its sources; empty: nothing. */
export async function differences(bench: ContentBench, point: BackupView, disks: readonly DrawnDisk[]) {
  const wrongs: string[] = []
  for (const { key, path: source, sizeBytes } of disks) {
    const disk = point.disks.find((each) => each.key === key)
    if (disk?.sizeBytes !== sizeBytes)
      wrongs.push(`disk ${key} has ${disk?.sizeBytes} bytes on record, not ${sizeBytes}`)
    const image = path.join(bench.stack.repositoryPath, disk?.imagePath ?? 'missing')
    const { identical, detail } = await compareImages({ path: source, format: 'raw' }, { path: image, format: 'qcow2' })
    if (!identical) wrongs.push(`disk ${key} is not its source: ${detail}`)
  }
  return wrongs
}

class Case {
  readonly #bench: ContentBench
  readonly #name: string
  readonly #case: ContentCase
  readonly #disks: readonly [DrawnDisk, DrawnDisk]
  readonly #target: Target
  #jobId = ''
  #vmId = ''
  #backupId = ''

  constructor(
    bench: ContentBench,
    name: string,
    planned: ContentCase,
    directory: string,
    disks: [DrawnDisk, DrawnDisk],
  ) {
    this.#bench = bench
    this.#name = name
    this.#case = planned
    this.#disks = disks
    const random = createRandom(planned.seed + 1)
    const [disk, other] = random.chance(0.5) ? disks : [disks[1], disks[0]]
    const scratch = path.join(directory, 'scratch')
    this.#target = {
      ...{ random, disk, other, scratch, wire: null },
      directory: () => this.#directory(),
      exportUrl: () => this.#exportUrl(),
    }
  }

  /** Of this backup, unfinished, kept or committed. */
  async #directory(): Promise<string> {
    const { repositoryPath } = this.#bench.stack
    for (const slug of await readdir(repositoryPath)) {
      const found = (await readdir(path.join(repositoryPath, slug)).catch(() => [])).find(
        (each) => each === this.#backupId || (each.startsWith(`${this.#backupId}.`) && each.endsWith('.partial')),
      )
      if (found) return path.join(repositoryPath, slug, found)
    }
    throw new Error(`nothing of ${this.#backupId} is in the repository`)
  }

  async #exportUrl(): Promise<string> {
    const where = { jobId_key: { jobId: this.#jobId, key: this.#target.disk.key } }
    const disk = await this.#bench.stack.hub.prisma.jobDisk.findUniqueOrThrow({ where })
    return `nbd://127.0.0.1:${disk.hubPort}/${disk.exportName}`
  }

  #ended = async () => isTerminal((await this.#bench.stack.peek(this.#jobId)).state)

  async run(): Promise<ContentRecord> {
    const { number, kind, moment } = this.#case
    await using made = new AsyncDisposableStack()
    const { disk } = this.#target
    if (kind.wired) {
      const wire = made.use(await startWire(() => this.#bench.routes.upstream(this.#name, disk.key)))
      this.#target.wire = wire
      made.defer(await this.#bench.routes.set(this.#name, { [disk.key]: wire.port }))
    }
    this.#vmId = (await this.#bench.addVm(this.#name, this.#disks)).id
    const told = { number, kind: kind.name, moment }
    let injected: Injected
    try {
      injected = await this.#disturb()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      await this.#end()
      return { ...told, outcome: 'not injected', place: '', said: '', wrongs: [`the change was not made: ${why}`] }
    }
    const job = await this.#bench.finished(this.#jobId)
    const { wrongs, said, meant } = await this.#judge(job, injected)
    if (meant !== null) wrongs.unshift(`not changed as meant: ${meant}`)
    const outcome =
      meant !== null ? 'not injected' : wrongs.length > 0 ? 'wrong' : kind.effect === 'none' ? 'calm' : 'caught'
    return { ...told, outcome, place: injected.place, said, wrongs }
  }

  /** Runs the backup up to its moment, changes bytes there, and lets it go on. */
  async #disturb(): Promise<Injected> {
    const { kind, moment } = this.#case
    const before = moment === 'on the way' || moment === 'while copying'
    let pending: (() => Injected) | null = null
    if (before) {
      const asked = await kind.inject(this.#target, moment)
      pending = typeof asked === 'function' ? asked : () => asked
    }
    const { id } = await this.#bench.stack.backUp(this.#vmId)
    this.#jobId = id
    const hold = holdOf[moment]
    await this.#bench.letPass(id, hold ? [hold] : [])
    this.#backupId = (await this.#bench.stack.services.backups.get(id)).backupId
    if (pending) {
      await this.#bench.finished(id)
      return pending()
    }
    if (!hold) await this.#bench.finished(id)
    else if (!(await this.#bench.comesTo(id, hold, this.#ended))) throw new Error(`it ended before it came to ${hold}`)
    try {
      const done = await kind.inject(this.#target, moment)
      return typeof done === 'function' ? done() : done
    } finally {
      await this.#bench.letPass(id)
    }
  }

  /** After a case that went wrong itself: nothing of it runs when the next one begins. */
  async #end(): Promise<void> {
    if (this.#jobId === '') return
    this.#target.wire?.letGo()
    await this.#bench.letPass(this.#jobId)
    await this.#bench.finished(this.#jobId)
    const rerun = await this.#rerun(0)
    if (rerun) await this.#bench.finished(rerun)
  }

  async #truth(injected: Injected): Promise<Truth> {
    const { kind } = this.#case
    const { disk, scratch } = this.#target
    if (kind.of !== 'image') return { effect: kind.effect, injected, differing: null }
    const image = path.join(await this.#directory(), `disk-${disk.key}.qcow2`)
    return { effect: kind.effect, injected, differing: await differingLeaves(image, disk.path, scratch) }
  }

  #point = async (jobId: string) =>
    (await this.#bench.stack.services.backups.restorePoints({ vmId: this.#vmId })).find((each) => each.jobId === jobId)

  async #judge(job: JobView, injected: Injected): Promise<{ wrongs: string[]; said: string; meant: string | null }> {
    const { kind, moment } = this.#case
    if (kind.effect === 'none' || isAfterProof(moment)) return this.#judgeCompleted(job, injected)
    const said = job.problem?.happened ?? 'it completed'
    const ofImage = kind.of === 'image'
    if (job.state !== 'failed') {
      const truth = await this.#truth(injected)
      return { wrongs: [`it is ${job.state}`], said, meant: notAsMeant(truth) }
    }
    const kept = await this.#kept()
    const truth = ofImage && kept === null ? null : await this.#truth(injected)
    const wrongs = truth
      ? wrongWithFailure(job.problem, this.#target.disk.key, truth, ofImage ? 'image' : 'log')
      : [said]
    if (await this.#point(job.id)) wrongs.push('it failed, and left a restore point')
    if (ofImage && kept === null) wrongs.push('what was stored is not kept')
    if (!ofImage && kept !== null) wrongs.push('it is kept, and no difference is known')
    wrongs.push(...(await this.#judgeNext(job, ofImage)))
    if (kept !== null) this.#bench.deleteLater(kept.id, kept.directory)
    return { wrongs, said, meant: truth && notAsMeant(truth) }
  }

  /** The row of what was kept, and where it lies; null: nothing is kept for a while. */
  async #kept(): Promise<{ id: string; directory: string } | null> {
    const { prisma } = this.#bench.stack.hub
    const row = await prisma.resource.findFirst({ where: { jobId: this.#jobId, kind: 'partial-directory' } })
    const { keepUntil = null } = (row?.data ?? {}) as { keepUntil?: string }
    if (row?.state !== 'orphan' || keepUntil === null || Date.parse(keepUntil) < Date.now() + 3_600_000) return null
    return { id: row.id, directory: await this.#directory() }
  }

  async #rerun(deadlineMs: number): Promise<string | null> {
    const { prisma } = this.#bench.stack.hub
    const find = async () => (await prisma.job.findFirst({ where: { rerunOfId: this.#jobId } }))?.id
    const id = await waitFor(find, { deadlineMs, everyMs: 50 })
    if (id !== null) await this.#bench.letPass(id)
    return id
  }

  /** The backup that follows by itself (or, for what is no difference of content, one that is asked for) is right. */
  async #judgeNext(job: JobView, byItself: boolean): Promise<string[]> {
    const { stack } = this.#bench
    let next = await this.#rerun(byItself ? 10_000 : 0)
    if (next === null && byItself) return ['no new backup was started']
    if (next !== null && !byItself) return ['a new backup was started, and no difference is known']
    if (next === null) {
      next = (await stack.backUp(job.vmId)).id
      await this.#bench.letPass(next)
    }
    const { state, problem } = await this.#bench.finished(next)
    const point = await this.#point(next)
    if (state !== 'completed' || !point) return [`the next backup is ${state}: ${problem?.happened}`]
    return (await differences(this.#bench, point, this.#disks)).map((words) => `the next backup: ${words}`)
  }

  /** It must have completed; then the stand-alone check has the word. */
  async #judgeCompleted(job: JobView, injected: Injected) {
    const { kind } = this.#case
    const { disk } = this.#target
    const point = await this.#point(job.id)
    const said = `${job.state} ${job.problem?.happened ?? ''}`.trim()
    if (job.state !== 'completed' || !point) return { wrongs: [`it is ${said}`], said, meant: null }
    const truth = await this.#truth(injected)
    const directory = await this.#directory()
    const root = job.disks.find(({ key }) => key === disk.key)?.proof?.mapRoot
    if (!root) return { wrongs: ['its proof names no root'], said, meant: null }
    const [image, map] = ['qcow2', 'map'].map((ending) => path.join(directory, `disk-${disk.key}.${ending}`))
    const answer = await standAloneCheck(image ?? '', map ?? '', kind.of === 'manifest' ? null : root)
    const wrongs =
      kind.effect === 'none'
        ? [
            ...(answer.exitCode === 0 ? [] : [`the check says ${answer.exitCode}: ${answer.said}`]),
            ...(await differences(this.#bench, point, this.#disks)),
          ]
        : wrongWithCheck(answer, truth, kind.of === 'log' ? 'image' : kind.of)
    return { wrongs, said: `${said}; check ${answer.exitCode}: ${answer.said}`, meant: notAsMeant(truth) }
  }
}

/**
 * One backup of a machine of drawn content whose bytes are changed at one moment: what the product says of it, held
 * against the injector's record and against QEMU.
 * @param name  of the machine; no other case may have it meanwhile
 */
export async function runContentCase(bench: ContentBench, name: string, planned: ContentCase): Promise<ContentRecord> {
  const directory = await bench.directoryOf(name)
  const disks = await drawDisks(directory, planned.seed)
  return await new Case(bench, name, planned, directory, disks).run()
}

/**
 * Changes after the commit, each to a copy of one restore point: what the stand-alone check says of it.
 * @param committed  its directory, and the root that the catalogue names for the first disk
 */
export async function runOnCopy(
  committed: { directory: string; root: string; disks: readonly [DrawnDisk, DrawnDisk] },
  scratch: string,
  kind: Kind,
  seed: number,
): Promise<{ wrongs: string[]; meant: string | null }> {
  const [disk, other] = committed.disks
  await cp(committed.directory, scratch, { recursive: true })
  try {
    const random = createRandom(seed)
    const target: Target = {
      ...{ random, disk, other, scratch: path.join(scratch, 'scratch'), wire: null },
      directory: async () => scratch,
      exportUrl: async () => '',
    }
    const injected = await kind.inject(target, 'committed')
    if (typeof injected === 'function') throw new Error(`${kind.name} is no change of a closed image`)
    const [image, map] = ['qcow2', 'map'].map((ending) => path.join(scratch, `disk-${disk.key}.${ending}`)) as [
      string,
      string,
    ]
    const differing = kind.of === 'image' ? await differingLeaves(image, disk.path, target.scratch) : null
    const truth = { effect: kind.effect, injected, differing }
    const answer = await standAloneCheck(image, map, kind.of === 'manifest' ? null : committed.root)
    return { wrongs: wrongWithCheck(answer, truth, kind.of === 'log' ? 'image' : kind.of), meant: notAsMeant(truth) }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** A backup that nobody disturbs. Empty: it completed as its source, and the check finds nothing. */
export async function runUndisturbed(bench: ContentBench, name: string, seed: number): Promise<string[]> {
  const { stack } = bench
  const directory = await bench.directoryOf(name)
  const disks = await drawDisks(directory, seed)
  const vm = await bench.addVm(name, disks)
  const { id } = await stack.backUp(vm.id)
  await bench.letPass(id)
  const job = await bench.finished(id)
  const point = (await stack.services.backups.restorePoints({ vmId: vm.id })).find(({ jobId }) => jobId === id)
  if (job.state !== 'completed' || !point) return [`it is ${job.state}: ${job.problem?.code}: ${job.problem?.happened}`]
  return differences(bench, point, disks)
}

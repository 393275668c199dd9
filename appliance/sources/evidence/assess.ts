import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { fileIdentity, identityChange, identitySchema, settledIdentity } from '../../file-identity.ts'
import { type Target, takeCensus } from './census.ts'
import {
  below,
  countersChange,
  countersSchema,
  type Device,
  deviceIdentity,
  deviceIdentitySchema,
  findDevice,
  isClaimed,
  kernelUsers,
  readCounters,
  settleDevice,
  whyShared,
} from './device.ts'
import { isOpenForWriting } from './lease.ts'
import { type Loop, listLoops, writableLoops } from './loops.ts'
import { whyNotLocal } from './mounts.ts'

/** What is compared at the end: one file, or one device, as it was at the beginning. */
export const markSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string(), identity: identitySchema }),
  z.object({
    kind: z.literal('device'),
    path: z.string(),
    identity: deviceIdentitySchema,
    /** null: they could not be read. */
    counters: countersSchema.nullable(),
  }),
])
export type Mark = z.infer<typeof markSchema>

/** What is known of some files and devices at one moment. */
export interface Assessment {
  /** Who writes them now, in words. */
  writers: string[]
  /** Why nothing can be concluded from comparing them; empty: something can. */
  gaps: string[]
  marks: Mark[]
}

/** What is to be looked at: the path of a file or device, and the loop device that itself rests on it. */
interface Item {
  path: string
  loop?: string
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Looks at files and devices before a copy, and makes the marks that {@link compareMarks} needs after it. The order matters: marks
 * first: a write during the look through the processes then shows in the comparison.
 */
export async function assess(groups: readonly (readonly string[])[]): Promise<Assessment[]> {
  const results = groups.map((): Assessment => ({ writers: [], gaps: [], marks: [] }))
  const targets: Wanted = []
  const loops = await listLoops().catch((error: unknown) => `loop devices cannot be listed: ${reason(error)}`)
  for (const [index, paths] of groups.entries()) {
    const into = results[index] as Assessment
    const queue: Item[] = paths.map((path) => ({ path }))
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const { path } = item
      try {
        const found = await stat(path)
        if (found.isBlockDevice()) queue.push(...(await lookAtDevice(path, into, targets, loops)))
        else if (found.isFile()) await lookAtFile(item, into, targets, loops)
        else into.gaps.push(`${path} is neither a file nor a block device`)
      } catch (error) {
        into.gaps.push(`${path}: ${reason(error)}`)
      }
      if (into.marks.length > 200) throw new Error('too many files for one disk')
    }
  }
  const findings = await takeCensus(targets.map(({ target }) => target)).catch((error: unknown) =>
    targets.map(() => ({ writers: [], blind: `the processes of the host cannot be listed: ${reason(error)}` })),
  )
  for (const [index, wanted] of targets.entries()) {
    const { writers, blind } = findings[index] ?? { writers: [], blind: 'not looked at' }
    const { into, what } = wanted
    into.writers.push(...writers.map((words) => `${what}: ${words}`))
    // A write by a process that does not show is counted by its device: the counters are compared after what is dirty was written out.
    if (writers.length > 0 || wanted.target.kind === 'device') continue
    const open = wanted.heldByLoop ? null : await isOpenForWriting(what).catch(() => null)
    if (open === true)
      into.gaps.push(`${what}: the kernel says that it is open for writing, and no process shows by whom`)
    else if (open === null && blind !== null) into.gaps.push(`${what}: ${blind}`)
  }
  return results
}

/** `heldByLoop`: the device that is backed up has the file open for writing itself. */
type Wanted = { target: Target; into: Assessment; what: string; heldByLoop?: boolean }[]

async function lookAtFile(
  { path, loop }: Item,
  into: Assessment,
  targets: Wanted,
  loops: Loop[] | string,
): Promise<void> {
  const identity = await settledIdentity(path)
  if (identity === null) into.gaps.push(`${path} keeps changing`)
  into.marks.push({ kind: 'file', path, identity: identity ?? (await fileIdentity(path)) })
  const why = await whyNotLocal(path)
  if (why !== null) into.gaps.push(`${path}: ${why}`)
  const { dev, ino, uid, gid, mode } = await stat(path, { bigint: true })
  const heldByLoop =
    loop !== undefined && !(typeof loops !== 'string' && loops.find(({ name }) => name === loop)?.readOnly)
  targets.push({ target: { kind: 'file', dev, ino, uid, gid, mode }, into, what: path, heldByLoop })
  if (typeof loops === 'string') return void into.gaps.push(loops)
  const { over, unclear } = writableLoops(loops, { dev, ino }, loop)
  into.writers.push(...over.map(({ name }) => `${path}: the loop device ${name} lies on it and can be written`))
  into.gaps.push(
    ...unclear.map(({ name, path: backing }) => `the file of the loop device ${name} is not known (${backing})`),
  )
}

async function lookAtDevice(path: string, into: Assessment, targets: Wanted, loops: Loop[] | string): Promise<Item[]> {
  const device = await findDevice(path)
  await settleDevice(path).catch((error: unknown) => into.gaps.push(`${path} cannot be settled: ${reason(error)}`))
  const counters = await readCounters(device).catch((error: unknown) => {
    into.gaps.push(`${path}: ${reason(error)}`)
    return null
  })
  into.marks.push({ kind: 'device', path, identity: await deviceIdentity(device), counters })
  const shared = await whyShared(device)
  if (shared !== null) into.gaps.push(`${path}: ${shared}`)
  const { writers, users } = await kernelUsers(device)
  into.writers.push(...writers.map((words) => `${path}: ${words}`))
  if (users.length > 0) into.gaps.push(...users.map((words) => `${path}: ${words}`))
  else if (writers.length === 0 && (await isClaimed(path)))
    into.gaps.push(`${path}: the kernel has it in use (a mount, swap space or another device)`)
  const stack = [device, ...(await below(device))]
  for (const each of stack) targets.push({ target: await deviceTarget(each), into, what: each.path })
  return stack.flatMap(({ name }) => {
    if (!/^loop\d+$/.test(name)) return []
    const own = typeof loops === 'string' ? undefined : loops.find((loop) => loop.name === name)
    if (own?.file) return [{ path: own.path, loop: name }]
    into.gaps.push(`the file of the loop device ${name} is not known`)
    return []
  })
}

async function deviceTarget(device: Device): Promise<Target> {
  const parts = await Promise.all(device.partitions.map((name) => findDevice(`/dev/${name}`)))
  return { kind: 'device', rdevs: [device.rdev, ...parts.map(({ rdev }) => rdev)] }
}

export interface Comparison {
  /** What changed, in sentences. */
  changed: string[]
  /** What could not be compared. */
  unknown: string[]
}

/** Compares what the marks name with what they say. */
export async function compareMarks(marks: readonly Mark[]): Promise<Comparison> {
  const result: Comparison = { changed: [], unknown: [] }
  for (const mark of marks)
    try {
      const change = mark.kind === 'file' ? await fileChange(mark) : await deviceChange(mark)
      if (change !== null) result.changed.push(`${mark.path} ${change} during the job.`)
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (gone) result.changed.push(`${mark.path} no longer exists.`)
      else result.unknown.push(`${mark.path} could not be compared: ${reason(error)}`)
    }
  return result
}

const fileChange = async ({ path, identity }: Extract<Mark, { kind: 'file' }>) =>
  identityChange(identity, await fileIdentity(path))

async function deviceChange({ path, identity, counters }: Extract<Mark, { kind: 'device' }>): Promise<string | null> {
  const device = await findDevice(path)
  const now = await deviceIdentity(device)
  if (now.rdev !== identity.rdev || now.diskseq !== identity.diskseq) return 'was replaced by another device'
  if (now.sectors !== identity.sectors) return `changed its size from ${identity.sectors} to ${now.sectors} sectors`
  if (counters === null) throw new Error('its counters were not known at the beginning')
  // What lies dirty in the cache is a write too.
  await settleDevice(path)
  return countersChange(counters, await readCounters(device))
}

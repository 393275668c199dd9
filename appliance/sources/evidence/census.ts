// Files of procfs are read in place, and the event loop gets a turn after each process: see lib/process/procfs.ts.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { processName } from '#lib/process/procfs.ts'
import { networkMounts, procHides } from './mounts.ts'

/** What is looked for: one file by its inode, or one device by its numbers (itself and its parts). */
export type Target =
  | { kind: 'file'; dev: bigint; ino: bigint; uid: bigint; gid: bigint; mode: bigint }
  | { kind: 'device'; rdevs: readonly bigint[] }

export interface Finding {
  /** Who can write it now: `qemu-system-x86 (pid 71) has it open for writing`. */
  writers: string[]
  /** Why processes may be missing from that list; null: every process was looked at. */
  blind: string | null
}

/** PROC_PID_INIT_INO: the process namespace of the host itself. */
const HOST_PROCESSES = 'pid:[4026531836]'
const O_ACCMODE = 0o3
const O_PATH = 0o10_000_000
const PF_KTHREAD = 0x0020_0000

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
const isGone = (error: unknown) => ['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')

function blindness(): string | null {
  try {
    if (readlinkSync('/proc/self/ns/pid') !== HOST_PROCESSES)
      return 'the appliance runs in a container and does not see the processes of its host'
    return process.getuid?.() !== 0 && procHides()
      ? 'the host hides the processes of other users (hidepid), and the appliance does not run as root'
      : null
  } catch (error) {
    return `the processes of the host cannot be listed (${codeOf(error) ?? error})`
  }
}

/**
 * Who has each target open for writing, or mapped so. One pass over /proc for all of them. Not seen: a file that is only on its way in
 * a socket or registered with io_uring; its writes are left to the comparison of times and counters.
 */
export async function takeCensus(targets: readonly Target[]): Promise<Finding[]> {
  const blind = blindness()
  const findings = targets.map((): Finding => ({ writers: [], blind }))
  if (targets.length === 0) return findings
  const context: Context = { targets, findings, network: networkMounts() }
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    await lookAt(Number(name), context)
    await turn()
  }
  return findings
}

interface Context {
  targets: readonly Target[]
  findings: Finding[]
  /** Mount ids of network file systems: nothing there is asked for, because the answer may never come. */
  network: ReadonlySet<string>
}

async function lookAt(pid: number, context: Context): Promise<void> {
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) await lookAtFile(pid, fd, context)
    await lookAtMaps(pid, context)
  } catch (error) {
    if (!isGone(error)) cannotSee(pid, context)
  }
}

function add({ findings }: Context, index: number, words: string): void {
  const writers = findings[index]?.writers
  if (writers && !writers.includes(words) && writers.length < 10) writers.push(words)
}

const who = (pid: number) => `${processName(pid) || 'a process'} (pid ${pid})`

async function lookAtFile(pid: number, fd: string, context: Context): Promise<void> {
  let info: string
  try {
    info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')
  } catch (error) {
    if (isGone(error)) return
    throw error
  }
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(info)?.[1]
  const flags = Number.parseInt(field('flags') ?? '', 8)
  if (Number.isNaN(flags)) throw new Error('no flags')
  if ((flags & O_ACCMODE) === 0 || (flags & O_PATH) !== 0) return
  // Since Linux 5.14; before, each is asked.
  const ino = field('ino')
  const possible = context.targets.some(({ kind, ...target }) => kind === 'device' || sameInode(target, ino))
  if (!possible || context.network.has(field('mnt_id') ?? '')) return
  try {
    if (!readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('/')) return
    const found = await stat(`/proc/${pid}/fd/${fd}`, { bigint: true })
    for (const [index, target] of context.targets.entries())
      if (isTarget(target, found)) add(context, index, `${who(pid)} has it open for writing`)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

const sameInode = (target: object, ino: string | undefined) =>
  ino === undefined || ('ino' in target && `${target.ino}` === ino)

function isTarget(target: Target, found: { dev: bigint; ino: bigint; rdev: bigint; mode: bigint }): boolean {
  if (target.kind === 'file') return found.dev === target.dev && found.ino === target.ino
  return (found.mode & 0o170_000n) === 0o060_000n && target.rdevs.includes(found.rdev)
}

/** Shared mappings that may be written: `7f…-7f… rw-s 00000000 fe:00 1234 /path`. */
async function lookAtMaps(pid: number, context: Context): Promise<void> {
  if (!context.targets.some(({ kind }) => kind === 'file')) return
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [range = '', perms = '', , , ino = ''] = line.split(' ', 5)
    if (perms[1] !== 'w' || perms[3] !== 's' || ino === '0') continue
    for (const [index, target] of context.targets.entries()) {
      if (target.kind !== 'file' || `${target.ino}` !== ino) continue
      // The device in that line is not always stat's (Btrfs). What cannot be asked counts.
      const found = await stat(`/proc/${pid}/map_files/${range}`, { bigint: true }).catch(() => null)
      if (found === null || isTarget(target, found)) add(context, index, `${who(pid)} has it mapped for writing`)
    }
  }
}

/** A process of another user: could it have opened the target? */
function cannotSee(pid: number, { targets, findings }: Context): void {
  let owner: { uids: bigint[]; gids: bigint[]; overrides: boolean } | null = null
  try {
    const flags = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name: state is field 3, flags are field 9.
    if ((Number(flags.slice(flags.lastIndexOf(')') + 2).split(' ')[6]) & PF_KTHREAD) !== 0) return
    owner = ownerOf(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    if (isGone(error)) return
  }
  for (const [index, target] of targets.entries()) {
    const finding = findings[index]
    if (finding && couldWrite(owner, target))
      finding.blind ??= `the appliance may not see which files ${who(pid)} has open, and that process could write this one`
  }
}

const CAP_DAC_OVERRIDE = 2n

export function ownerOf(status: string): { uids: bigint[]; gids: bigint[]; overrides: boolean } {
  const words = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim().split(/\s+/) ?? []
  const numbers = (name: string) => words(name).flatMap((word) => (/^\d+$/.test(word) ? [BigInt(word)] : []))
  // What it may have now or may take again.
  const capable = ['CapPrm', 'CapEff'].some((name) => (BigInt(`0x${words(name)[0] ?? 'f'}`) & CAP_DAC_OVERRIDE) !== 0n)
  return { uids: numbers('Uid'), gids: [...numbers('Gid'), ...numbers('Groups')], overrides: capable }
}

/** Fails closed: an owner that is not known could, and so could anybody when group or others may (an ACL shows there). */
export function couldWrite(owner: ReturnType<typeof ownerOf> | null, target: Target): boolean {
  if (target.kind === 'device' || owner === null || owner.overrides || owner.uids.length === 0) return true
  if (owner.uids.includes(0n) || owner.uids.includes(target.uid)) return true
  return (target.mode & 0o022n) !== 0n
}

import type { CheckItem, ProbedDisk } from '#contracts/check.ts'
import type { FixedBy } from '#contracts/fixed-by.ts'
import type { Problem } from '#contracts/problem.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { neededBytes } from '../space.ts'

/** What a check found, without its name and time. */
export type Judged = Pick<CheckItem, 'outcome' | 'detail' | 'remedy'>

export const passed = (detail: string): Judged => ({ outcome: 'passed', detail, remedy: null })
export const failed = (detail: string, remedy: string): Judged => ({ outcome: 'failed', detail, remedy })
export const notApplicable = (detail: string): Judged => ({ outcome: 'not-applicable', detail, remedy: null })

/** A failure in the words of its problem, with the last of what the tool said. */
export function failedBy({ happened, remedy, tool }: Problem, otherwise: string): Judged {
  const last = tool?.stderr.at(-1)
  const words = last && !happened.includes(last) ? `${happened} (${last})` : happened
  return failed(words.slice(0, 2000), remedy ?? otherwise)
}

interface Tool {
  name: string
  version: string | null
}

/** What a backup cannot do without, on each side. */
const applianceTools = ['nbdkit', 'qemu-nbd', 'qemu-img', 'setpriv', 'ssh', 'ss']

const versions = (tools: readonly Tool[]) => tools.map(({ name, version }) => `${name} ${version}`).join(', ')

export function judgeTools(appliance: readonly Tool[], hub: readonly Tool[]): Judged {
  const lacks = (name: string) => !appliance.some((tool) => tool.name === name && tool.version !== null)
  const missing = [
    ...applianceTools.filter(lacks).map((name) => `${name} on the appliance`),
    ...hub.filter(({ version }) => version === null).map(({ name }) => `${name} on the hub`),
  ]
  if (missing.length === 0) return passed(`Appliance: ${versions(appliance)}. Hub: ${versions(hub)}.`)
  return failed(
    `Not installed: ${missing.join(', ')}.`,
    'Install them: on the appliance nbdkit, qemu-utils, util-linux, openssh-client, iproute2; on the hub qemu-utils, openssh-server, iproute2.',
  )
}

/** More than this and what the appliance's logs say is hard to hold against the hub's. */
const CLOCK_LIMIT_MS = 30_000

const seconds = (ms: number) => `${(Math.abs(ms) / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`

/**
 * @param offsetMs     how far the appliance's clock is ahead of the hub's
 * @param roundTripMs  the question took so long: half of it is the doubt
 */
export function judgeClock(offsetMs: number, roundTripMs: number): Judged {
  const doubt = roundTripMs / 2
  const certain = Math.max(0, Math.abs(offsetMs) - doubt)
  if (certain <= CLOCK_LIMIT_MS)
    return passed(
      certain === 0
        ? `Both clocks show the same time, within ${doubt.toFixed(0)} ms.`
        : `The appliance's clock is ${seconds(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the hub's (± ${doubt.toFixed(0)} ms).`,
    )
  return failed(
    `The appliance's clock is ${seconds(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the hub's.`,
    'Let both keep the time by NTP (chrony or systemd-timesyncd): its logs and the hub’s are compared by their times.',
  )
}

interface Route {
  sshHost: string
  sshPort: number
  lookup: { addresses: readonly string[]; ms: number; error: string | null } | null
}

export function judgeName({ sshHost, lookup }: Route): Judged {
  if (lookup === null) return notApplicable(`The appliance dials the address ${sshHost}: there is no name to look up.`)
  if (lookup.error === null && lookup.addresses.length > 0)
    return passed(`${sshHost} is ${lookup.addresses.join(', ')} to the appliance (asked for ${lookup.ms} ms).`)
  return failed(
    `The appliance cannot look up ${sshHost}: ${lookup.error ?? 'no address'}. The present tunnel lives on, a new one cannot be dialled.`,
    'Mend DNS on the appliance (or /etc/hosts there), or put the hub’s address into appliance.json.',
  )
}

const keyOf = (line: string) => line.trim().split(/\s+/).slice(0, 2).join(' ')

export function judgeHostKey(pinned: string, own: string): Judged {
  if (keyOf(pinned) === keyOf(own)) return passed('The key that the appliance has pinned is the hub’s.')
  return failed(
    'The key that the appliance has pinned is not the hub’s: its next dial will be refused.',
    'If the hub got new keys, put the one that the Appliances page shows into appliance.json as hostKey.',
  )
}

/**
 * @param running  a backup of the machine runs
 * @param known    the disks that the hub knows: one that its source does not have would end the next backup
 */
export function judgeSource(disks: readonly ProbedDisk[], running: boolean, known: readonly { key: number }[]): Judged {
  const gone = known.filter(({ key }) => !disks.some((disk) => disk.key === key))
  if (gone.length > 0)
    return failed(
      `Its source no longer has disk ${gone.map(({ key }) => key).join(', ')}: the next backup would be refused.`,
      'If that is meant, refresh the list of virtual machines; otherwise bring the disk back.',
    )
  const bad = disks.filter(({ problem }) => problem !== null)
  const first = bad[0]?.problem
  if (first) {
    const words = bad.map(({ key, problem }) => `Disk ${key}: ${problem?.happened}`).join(' ')
    return failed(words.slice(0, 2000), first.remedy ?? 'Look at the disk at its source.')
  }
  const count = disks.length === 1 ? 'Its disk opens' : `Its ${disks.length} disks open`
  const ways = disks.map(
    ({ key, stateFixedBy }) => `disk ${key} ${stateFixedBy === null ? 'not known' : WAYS[stateFixedBy]}`,
  )
  return passed(
    `${count} read-only${running ? ', beside the backup that runs' : ''}. Its state: ${ways.join(', ')}.`.slice(
      0,
      2000,
    ),
  )
}

const WAYS: Readonly<Record<FixedBy, string>> = {
  snapshot: 'frozen by a snapshot',
  unchanged: 'known by comparing',
  read_twice: 'known by reading twice',
  unknown: 'unknown, as a person allowed',
}

export interface WantedDisk {
  key: number
  sizeBytes: number
}

/** @param probed  what the source said; a disk it did not speak of counts whole */
export function judgeRoom(freeBytes: number, disks: readonly WantedDisk[], probed: readonly ProbedDisk[]): Judged {
  const data = disks.map(({ key, sizeBytes }) => ({
    dataBytes: probed.find((disk) => disk.key === key)?.dataBytes ?? sizeBytes,
  }))
  const needed = neededBytes(data)
  const words = `${formatBytes(freeBytes)} are free; a full backup needs at most ${formatBytes(needed)} now.`
  if (needed <= freeBytes) return passed(words)
  return failed(words, 'Free space in the repository, or use another one.')
}

/** @param taken  ports that the ledger or the kernel has given away */
export function judgePorts(range: readonly [number, number], taken: number, disks: number): Judged {
  const total = range[1] - range[0] + 1
  const free = total - taken
  const words = `${free} of ${total} ports (${range.join('–')}) are free; a backup of it needs ${disks}.`
  // One more for the canary, so that it never takes the last port from a backup.
  if (free > disks) return passed(words)
  return failed(words, 'Wait for running backups, stop exports that nobody needs, or widen SENDENSE_EXPORT_PORTS.')
}

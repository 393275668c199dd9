import type { Extent } from '#contracts/appliance.ts'
import { roundedBytes } from '../../nbdkit/extents.ts'

/** The unit of QCOW2 allocation on the hub, in bytes: no write may cover a part of one only. */
export const CLUSTER_BYTES = 65_536

/** File descriptor on which nbdcopy writes `N/100` lines. */
export const PROGRESS_FD = 3

export interface NbdcopyTuning {
  /** A multiple of {@link CLUSTER_BYTES}. nbdcopy reads extents widened to it. */
  requestBytes: number
  connections: number
}

/**
 * Connections beyond the cores cost a fifth to a third (each is a thread); fewer than two starve on a long round trip,
 * because an SSH channel has a window of its own.
 */
export function defaultConnections(cores: number): number {
  return Math.min(4, Math.max(2, cores))
}

/** Request sizes, and what a byte costs with each: 2 GiB of random data into QCOW2 on ext4 with O_DIRECT, 2 cores. */
const REQUESTS = [
  { bytes: 1_048_576, cost: 1 },
  { bytes: 262_144, cost: 1.4 },
  { bytes: CLUSTER_BYTES, cost: 2.2 },
]

/** The request size that copies these extents fastest: large ones cost less a byte, but read the holes between scattered data. */
export function bestRequestBytes(extents: readonly Extent[], sizeBytes: number): number {
  const [first = { bytes: CLUSTER_BYTES }] = REQUESTS.map(({ bytes, cost }) => ({
    bytes,
    total: cost * roundedBytes(extents, bytes, sizeBytes),
  })).toSorted((a, b) => a.total - b.total)
  return first.bytes
}

/**
 * Arguments of nbdcopy(1) for one disk.
 * @throws Error when asked for a combination that corrupts the target
 */
export function nbdcopyArgs(
  copy: { sourceUrl: string; targetUrl: string; listed: boolean; targetIsZero: boolean },
  tuning: NbdcopyTuning,
): string[] {
  if (tuning.requestBytes % CLUSTER_BYTES !== 0) throw new Error('requests must be whole clusters')
  const flags = copy.listed
    ? // Listed extents: the rest of the source is served as hole, which must not be written (destination-is-zero),
      // and listed zeros must be written (sparse=0). Either flag alone destroys the target. Requests of one cluster,
      // because extents are widened to requests.
      ['--destination-is-zero', '--sparse=0', `--request-size=${CLUSTER_BYTES}`]
    : [
        ...(copy.targetIsZero ? ['--destination-is-zero'] : []),
        `--sparse=${CLUSTER_BYTES}`,
        `--request-size=${tuning.requestBytes}`,
      ]
  return [
    '--flush',
    ...flags,
    `--connections=${tuning.connections}`,
    // Its default is the number of cores, and it opens no more connections than threads.
    `--threads=${tuning.connections}`,
    `--progress=${PROGRESS_FD}`,
    copy.sourceUrl,
    copy.targetUrl,
  ]
}

/** The numerators of `N/100` lines in a piece of nbdcopy's progress output, and what is left of an unfinished line. */
export function parseProgress(text: string): { percents: number[]; rest: string } {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const percents = lines.map((line) => Number(/^(\d{1,3})\/100$/.exec(line.trim())?.[1] ?? Number.NaN))
  return { percents: percents.filter((percent) => percent <= 100), rest }
}

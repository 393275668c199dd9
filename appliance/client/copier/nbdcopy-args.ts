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
 * Measured through ssh on 2 cores with 512 MiB of random data: 64 KiB, 256 KiB and 1 MiB requests differ by less than the
 * noise, and larger ones read more of the holes between scattered data. Connections beyond the cores cost up to a fifth
 * (each is a thread); fewer than two starve on a long round trip, because an SSH channel has a window of its own.
 */
export function defaultTuning(cores: number): NbdcopyTuning {
  return { requestBytes: 262_144, connections: Math.min(4, Math.max(2, cores)) }
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

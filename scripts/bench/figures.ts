/** Seconds each way of copying took, by round; rounds are interleaved, so the n-th figures stood side by side. */
export type Rounds = Record<Way, number[]>
export const ways = ['product', 'tunnel', 'direct', 'convert'] as const
export type Way = (typeof ways)[number]

export const wayNames: Record<Way, string> = {
  product: 'Sendense, copy phase (first byte to flushed)',
  tunnel: 'bare nbdkit + nbdcopy through the same kind of SSH tunnel',
  direct: 'bare nbdkit + nbdcopy, no tunnel',
  convert: 'qemu-img convert, no NBD, no tunnel',
}

/** The middle value; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export interface BenchRow {
  way: Way
  name: string
  medianSeconds: number
  megabytesPerSecond: number
  /** Median of the product's seconds divided by this way's, round by round: noise of the host falls out. */
  productRatio: number
}

export interface BenchResult {
  at: string
  dataBytes: number
  rounds: Rounds
  rows: BenchRow[]
  firstByteSeconds: number[]
  medianFirstByteSeconds: number
}

/** @param dataBytes  what each way copies */
export function summarize(rounds: Rounds, firstByteSeconds: number[], dataBytes: number, at: Date): BenchResult {
  const rows = ways.map((way) => {
    const medianSeconds = median(rounds[way])
    const ratios = rounds[way].map((seconds, round) => (rounds.product[round] ?? Number.NaN) / seconds)
    return {
      way,
      name: wayNames[way],
      medianSeconds,
      megabytesPerSecond: dataBytes / 1e6 / medianSeconds,
      productRatio: median(ratios),
    }
  })
  return {
    at: at.toISOString(),
    dataBytes,
    rounds,
    rows,
    firstByteSeconds,
    medianFirstByteSeconds: median(firstByteSeconds),
  }
}

/** The result as a table for people. */
export function table(result: BenchResult): string {
  const width = Math.max(...result.rows.map(({ name }) => name.length))
  const lines = result.rows.map(({ name, medianSeconds, megabytesPerSecond, productRatio }) =>
    [
      name.padEnd(width),
      `${medianSeconds.toFixed(2)} s`.padStart(9),
      `${megabytesPerSecond.toFixed(0)} MB/s`.padStart(10),
      productRatio.toFixed(2).padStart(8),
    ].join(' '),
  )
  const head = ['way'.padEnd(width), 'median'.padStart(9), 'rate'.padStart(10), 'ours/its'.padStart(8)].join(' ')
  const firstByte = `click to first byte: median ${result.medianFirstByteSeconds.toFixed(2)} s`
  return [head, ...lines, '', firstByte].join('\n')
}

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
  const rows = ways
    .filter((way) => rounds[way].length > 0)
    .map((way) => {
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

const spread = (values: readonly number[], digits = 2) =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`

/** What the copy is judged by: medians of paired rounds, with their spread. */
export function copyFigures(of: {
  rounds: Rounds
  whole: readonly number[]
  firstByte: readonly number[]
  readBack: readonly number[]
}): string {
  const { product, tunnel } = of.rounds
  const paired = (values: readonly number[]) => values.map((value, round) => value / (tunnel[round] ?? Number.NaN))
  return [
    `copy phase with hashing / bare nbdcopy through the same tunnel: ${spread(paired(product))}, aim 1.05 at most`,
    `whole job, asked to completed / bare copy: ${spread(paired(of.whole))}, aim 1.60 at most`,
    `read back with digests: ${spread(of.readBack.map((rate) => rate / 1e9))} GB a CPU-second, aim 0.90 at least`,
    `asked to first acknowledged write: ${spread(of.firstByte)} s, aim under 1 s`,
  ].join('\n')
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

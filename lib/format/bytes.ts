const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.50 GiB`: IEC units, three significant digits, never rounded up to 1024 of a unit. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  if (unit === 0) return `${Math.round(value)} B`
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  const scale = 10 ** digits
  return `${(Math.floor(value * scale) / scale).toFixed(digits)} ${units[unit]}`
}

/** `1.5 GiB`, `512 KiB`: without zeros that say nothing, for the marks of an axis. */
export function formatMark(bytes: number): string {
  return bytes === 0
    ? '0'
    : formatBytes(bytes)
        .replace(/(\.\d*?)0+ /, '$1 ')
        .replace('. ', ' ')
}

/** `1,610,612,736 bytes`: the exact number, for titles. */
export function formatExactBytes(bytes: number): string {
  return `${String(bytes).replace(/\B(?=(\d{3})+$)/g, ',')} ${bytes === 1 ? 'byte' : 'bytes'}`
}

/** `12.3 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** `42 %`, rounded down: 100 % is said only when all is there. */
export function formatPercent(part: number, whole: number): string {
  return `${percentOf(part, whole)} %`
}

/** Whole percents, 0 to 100, rounded down; 100 when there is nothing to do. */
export function percentOf(part: number, whole: number): number {
  if (whole <= 0) return 100
  return Math.min(100, Math.max(0, Math.floor((part / whole) * 100)))
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `1.5 GiB`, `812 MiB`, `512 B`: three figures at most before the unit changes. */
export function bytes(value: number): string {
  let unit = 0
  let figure = value
  while (figure >= 1000 && unit < UNITS.length - 1) {
    figure /= 1024
    unit++
  }
  const digits = unit === 0 || figure >= 100 ? 0 : figure >= 10 ? 1 : 2
  return `${figure.toFixed(digits)} ${UNITS[unit]}`
}

/** `0.8 s`, `12 s`, `3 min 05 s`. */
export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} s`
  const whole = Math.round(value)
  return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

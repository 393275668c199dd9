/** Every port of the range once, beginning at the hint and going round. Both ends included. */
export function* portOrder([from, to]: readonly [number, number], hint = from): Generator<number> {
  const count = to - from + 1
  const start = hint >= from && hint <= to ? hint - from : 0
  for (let i = 0; i < count; i++) yield from + ((start + i) % count)
}

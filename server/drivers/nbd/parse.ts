/** `nbdinfo --size <url>`: bytes; null when it is not one number. */
export function parseSize(text: string): number | null {
  const size = /^\d+$/.test(text.trim()) ? Number(text.trim()) : Number.NaN
  return Number.isSafeInteger(size) ? size : null
}

/**
 * Why qemu-nbd or nbdinfo ended, in its own words: one sentence, for a reason may go over several lines.
 * @returns null when it said nothing
 */
export function reasonOf(lines: readonly string[]): string | null {
  const telling = lines.filter((line) => !/suggestion:|option negotiation failed/.test(line))
  const words = telling.slice(-4).map((line) => line.replace(/^(qemu-nbd|nbdinfo): /, '').trim())
  return words.join(' ').slice(0, 1000) || null
}

/**
 * Why qemu-nbd ended, in its own words: one sentence, for a reason may go over several lines.
 * @returns null when it said nothing
 */
export function reasonOf(lines: readonly string[]): string | null {
  const telling = lines.filter((line) => !/suggestion:|option negotiation failed/.test(line))
  const words = telling.slice(-4).map((line) => line.replace(/^qemu-nbd: /, '').trim())
  return words.join(' ').slice(0, 1000) || null
}

/** True when the first cursor is later than the second. Cursors are decimal strings of up to 19 digits. */
export function isAfter(cursor: string, other: string): boolean {
  return BigInt(cursor) > BigInt(other)
}

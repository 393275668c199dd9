/** Ends the set-up in plain words. */
export function fail(...lines) {
  for (const line of lines) console.error(line)
  process.exit(1)
}

import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

export function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/** Runs `work` unless the stamp says that it was done for this very value. Work that fails leaves no stamp. */
export function oncePer(value, stamp, work) {
  if (read(stamp) === value) return
  rmSync(stamp, { force: true })
  work()
  writeFileSync(stamp, value)
}

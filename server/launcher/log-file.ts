import { rename, stat } from 'node:fs/promises'

const MAX_BYTES = 20 * 1024 * 1024

/** Sets a long log aside as `<file>.1` (one former file is kept). Called before a program is started on it. */
export async function rotateLog(file: string, maxBytes = MAX_BYTES): Promise<void> {
  const size = await stat(file).then(
    (entry) => entry.size,
    () => 0,
  )
  if (size > maxBytes) await rename(file, `${file}.1`)
}

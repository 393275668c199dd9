import { rm, writeFile } from 'node:fs/promises'
import { run } from '#lib/process/run.ts'

/** What another client of an export does to it. */
export type LiveEdit = { offset: number } & (
  | { do: 'write'; bytes: Buffer }
  | { do: 'zero' | 'discard'; length: number }
)

/** As qemu-io, a client of its own: each edit is answered and flushed. @throws Error with its words */
export async function editExport(url: string, edits: readonly LiveEdit[], scratch: string): Promise<void> {
  const files: string[] = []
  const commands: string[] = []
  for (const [index, edit] of edits.entries()) {
    if (edit.do === 'write') {
      const file = `${scratch}.${index}`
      files.push(file)
      await writeFile(file, edit.bytes)
      commands.push(`write -q -s ${file} ${edit.offset} ${edit.bytes.length}`)
    } else commands.push(`${edit.do === 'zero' ? 'write -q -z' : 'discard -q'} ${edit.offset} ${edit.length}`)
  }
  try {
    const args = [...commands, 'flush'].flatMap((command) => ['-c', command])
    const { ok, stdout, stderr } = await run('qemu-io', ['-f', 'raw', ...args, url])
    if (!ok || /fail|error/i.test(stdout + stderr)) throw new Error(`qemu-io: ${(stderr || stdout).trim()}`)
  } finally {
    await Promise.all(files.map((file) => rm(file, { force: true })))
  }
}

/** What the disk's bytes from `at` on are after the edits. */
export function edited(before: Buffer, at: number, edits: readonly LiveEdit[]): Buffer {
  const after = Buffer.from(before)
  for (const edit of edits) {
    const from = edit.offset - at
    if (edit.do === 'write') edit.bytes.copy(after, from)
    else after.fill(0, from, from + edit.length)
  }
  return after
}

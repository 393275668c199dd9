import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import { signalProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity } from '#lib/process/procfs.ts'

const recordFile = (directory: string, name: string) => path.join(directory, `${name}.json`)

/** Who runs as that program: kept so that the next launcher finds what a killed one left. */
export async function writeRecord(directory: string, name: string, { pid, start }: ProcessIdentity): Promise<void> {
  const file = recordFile(directory, name)
  await writeFile(`${file}.new`, `${JSON.stringify({ pid, start })}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export async function readRecord(directory: string, name: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(recordFile(directory, name), 'utf8')) as ProcessIdentity
  } catch {
    return null
  }
}

export const removeRecord = (directory: string, name: string) => rm(recordFile(directory, name), { force: true })

/**
 * SIGTERM to the program alone (it ends its own helpers in order), SIGKILL to its whole group after `graceMs`.
 * Returns when it is gone.
 * @returns false when it had to be killed
 */
export async function endProgram(identity: ProcessIdentity, graceMs: number): Promise<boolean> {
  const gone = async () => !(await isAlive(identity))
  const asked = await signalProcess(identity, 'SIGTERM', false)
  if (!asked || (await waitFor(gone, { deadlineMs: graceMs, everyMs: 10 }))) return true
  await signalProcess(identity, 'SIGKILL')
  await waitFor(gone, { deadlineMs: 5000, everyMs: 10 })
  return false
}

/**
 * Ends the program a killed launcher left running: two engines must never own one home.
 * @returns its pid when there was one
 */
export async function endLeftOver(directory: string, name: string, graceMs: number): Promise<number | null> {
  const record = await readRecord(directory, name)
  if (!record || !(await isAlive(record))) return null
  await endProgram(record, graceMs)
  await removeRecord(directory, name)
  return record.pid
}

import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { listProcesses, processEnv } from '#lib/process/procfs.ts'

/** Processes that carry our mark: after a test run there must be none. */
export async function markedProcesses(): Promise<{ pid: number; mark: string }[]> {
  const rows = await Promise.all(
    (await listProcesses()).map(async ({ pid }) => ({ pid, mark: await processEnv(pid, MARK_VARIABLE) })),
  )
  return rows.flatMap(({ pid, mark }) => (mark === null ? [] : [{ pid, mark }]))
}

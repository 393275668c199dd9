import { readdir, readFile, readlink } from 'node:fs/promises'
import type { JobReport } from '#contracts/appliance.ts'
import { waitFor } from '#lib/async/wait.ts'
import { listProcesses } from '#lib/process/procfs.ts'
import { jobMark, markedProcesses } from '../jobs/mark.ts'
import type { TestAppliance } from './appliance.ts'

/** The pid of a program that is a child of `parent`. */
export async function childNamed(parent: number, name: string): Promise<number> {
  const found = await waitFor(
    async () => {
      for (const { pid, ppid } of await listProcesses()) {
        if (ppid !== parent) continue
        const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
        if (comm.trim() === name) return pid
      }
      return null
    },
    { deadlineMs: 10_000 },
  )
  if (found === null) throw new Error(`${parent} has no child ${name}`)
  return found
}

/** Resolves at the first report that matches; the job goes on. */
export async function reportWhere(
  { api }: TestAppliance,
  jobId: string,
  matches: (report: JobReport) => boolean,
): Promise<JobReport> {
  const stop = new AbortController()
  try {
    for await (const report of api.reports(jobId, 0, AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)])))
      if (matches(report)) return report
  } finally {
    stop.abort()
  }
  throw new Error('the reports ended without it')
}

/** True for the report that says the first bytes have moved. */
export const bytesMoved = (report: JobReport) =>
  report.type === 'progress' && report.disks.some((disk) => (disk.readBytes ?? 0) + (disk.sentBytes ?? 0) > 0)

/** Commands of the processes a job still has; waits a moment for the last to go. */
export async function leftOf(jobId: string, deadlineMs = 3000): Promise<string[]> {
  let left: string[] = []
  await waitFor(
    async () => {
      const found = await markedProcesses(jobMark(jobId))
      left = await Promise.all(found.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
      return left.length === 0
    },
    { deadlineMs },
  )
  return left
}

/** Waits until a process has that many sockets open. */
export async function untilSockets(pid: number, count: number): Promise<void> {
  const enough = async () => {
    const names = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
    return links.filter((link) => link.startsWith('socket:')).length >= count
  }
  if (!(await waitFor(enough, { deadlineMs: 5000 }))) throw new Error(`${pid} has fewer than ${count} sockets`)
}

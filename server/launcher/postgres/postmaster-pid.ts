import { readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { listProcesses, type ProcessIdentity, processIdentity } from '#lib/process/procfs.ts'

/** What PostgreSQL writes into postmaster.pid (one value a line; pidfile.h of PostgreSQL). */
export interface PostmasterPid {
  pid: number
  dataDir: string
  port: number
  socketDir: string
  /** The eighth line: `starting`, `ready`, `stopping` or `standby`; empty while it is not written yet. */
  status: string
}

/** @returns null when the file is cut short, as it is for a moment while PostgreSQL starts */
export function parsePostmasterPid(text: string): PostmasterPid | null {
  const lines = text.split('\n').map((line) => line.trim())
  const [pid, dataDir, , port, socketDir, , , status] = lines
  if (!/^\d+$/.test(pid ?? '') || !dataDir || !/^\d+$/.test(port ?? '') || !socketDir) return null
  return { pid: Number(pid), dataDir, port: Number(port), socketDir, status: status ?? '' }
}

export async function readPostmasterPid(dataDir: string): Promise<PostmasterPid | null> {
  try {
    return parsePostmasterPid(await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8'))
  } catch {
    return null
  }
}

/** True when that pid is a PostgreSQL process working in that data directory (a postmaster and its children change into it). */
async function isPostgresIn(pid: number, dataDir: string): Promise<boolean> {
  try {
    const [program, cwd] = await Promise.all([readlink(`/proc/${pid}/exe`), readlink(`/proc/${pid}/cwd`)])
    return path.basename(program.replace(/ \(deleted\)$/, '')) === 'postgres' && cwd === dataDir
  } catch {
    return false
  }
}

/** The postmaster that postmaster.pid names, when it truly is PostgreSQL on this data directory; null otherwise. */
export async function livingPostmaster(
  dataDir: string,
): Promise<{ identity: ProcessIdentity; file: PostmasterPid } | null> {
  const file = await readPostmasterPid(dataDir)
  if (!file || !(await isPostgresIn(file.pid, dataDir))) return null
  const identity = await processIdentity(file.pid)
  return identity && { identity, file }
}

/** Every PostgreSQL process in that data directory, postmaster or left-over child. */
export async function postgresProcesses(dataDir: string): Promise<number[]> {
  const rows = await listProcesses()
  const mine = await Promise.all(rows.map(async ({ pid }) => ((await isPostgresIn(pid, dataDir)) ? pid : null)))
  return mine.filter((pid) => pid !== null)
}

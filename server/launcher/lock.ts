import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import lockfile from 'proper-lockfile'
import { ProblemError } from '#contracts/problem.ts'
import { writeAtomic } from '#lib/fs/atomic.ts'
import { isAlive, type ProcessIdentity, processIdentity } from '#lib/process/procfs.ts'

const readHolder = async (file: string): Promise<ProcessIdentity | null> => {
  try {
    const { pid, start } = JSON.parse(await readFile(file, 'utf8')) as Partial<ProcessIdentity>
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : null
  } catch {
    return null
  }
}

const refuse = (home: string, pid: number): never => {
  throw new ProblemError({
    code: 'busy',
    happened: `Sendense already runs on ${home} (pid ${pid}).`,
    safe: 'The running one was left alone.',
    remedy: `Use it, or end it first: kill ${pid}. To run a second hub give it a home of its own by SENDENSE_HOME.`,
  })
}

/** Looks and takes are milliseconds: who holds the door for longer has died in it. */
const door = { stale: 5000, retries: { retries: 200, factor: 1, minTimeout: 20, maxTimeout: 50 } }

/**
 * One launcher per home: the file names its holder by pid and start time, so a pid that came round again frees it.
 * Looking at the file and taking it is one step behind a door, so that of two who find a dead holder one gets it.
 * @returns disposing it gives the lock back
 * @throws ProblemError `busy` naming the holder's pid
 */
export async function lockHome(home: string, file: string): Promise<AsyncDisposable> {
  const me = await processIdentity(process.pid)
  if (!me) throw new Error('/proc is not readable')
  const leave = await lockfile.lock(path.dirname(file), { ...door, lockfilePath: `${file}.door` })
  try {
    const holder = await readHolder(file)
    if (holder && (await isAlive(holder))) refuse(home, holder.pid)
    await writeAtomic(file, `${JSON.stringify(me)}\n`, 0o600)
  } finally {
    await leave()
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

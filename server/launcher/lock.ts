import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
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

/** Takes a dead holder's file away. What was renamed is looked at again: somebody may have been quicker. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  const holder = await readHolder(aside)
  if (holder && (await isAlive(holder))) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

/**
 * One launcher per home: the file names its holder by pid and start time, so a pid that came round again frees it.
 * @returns disposing it gives the lock back
 * @throws ProblemError `busy` naming the holder's pid
 */
export async function lockHome(home: string, file: string): Promise<AsyncDisposable> {
  const me = await processIdentity(process.pid)
  if (!me) throw new Error('/proc is not readable')
  const own = `${file}.${randomUUID()}`
  await writeFile(own, `${JSON.stringify(me)}\n`, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      const taken = await link(own, file).then(
        () => false,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return true
          throw error
        },
      )
      if (!taken) return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
      const holder = await readHolder(file)
      if (holder && (await isAlive(holder))) refuse(home, holder.pid)
      await removeStale(file)
    }
    throw new Error(`${file} cannot be taken: others keep taking and leaving it`)
  } finally {
    await rm(own, { force: true })
  }
}

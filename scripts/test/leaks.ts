import { access, readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { OWNER_FILE } from '#e2e/world/files.ts'
import { waitFor } from '#lib/async/wait.ts'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { listProcesses, processEnv, processIdentity } from '#lib/process/procfs.ts'
import { defaultHome } from '#server/env.ts'

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

/** A process that carries our mark or names a test's directory, by an identity that is never used again. */
async function ourProcesses(testHome: string): Promise<string[]> {
  const found = await Promise.all(
    (await listProcesses()).map(async ({ pid }) => {
      if (pid === process.pid) return null
      const [mark, command] = await Promise.all([
        processEnv(pid, MARK_VARIABLE),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ])
      if (mark === null && !command.includes(`${testHome}/`)) return null
      const identity = await processIdentity(pid)
      return identity && `process ${pid} (${mark ?? 'no mark'}): ${command.replaceAll('\0', ' ').slice(0, 160)}`
    }),
  )
  return found.filter((line) => line !== null)
}

async function directories(testHome: string): Promise<string[]> {
  const homes = (await readdir(testHome).catch(() => [])).map((name) => path.join(testHome, name))
  const owned = await Promise.all(
    homes.map(async (home) => ((await exists(path.join(home, OWNER_FILE))) ? home : null)),
  )
  const temporary = (await readdir(os.tmpdir()).catch(() => [])).filter((name) => name.startsWith('sendense-'))
  return [...owned.filter((home) => home !== null), ...temporary.map((name) => path.join(os.tmpdir(), name))]
}

async function ours(): Promise<string[]> {
  const testHome = defaultHome('sendense-test')
  const [processes, found] = await Promise.all([ourProcesses(testHome), directories(testHome)])
  return [...processes, ...found.map((directory) => `directory ${directory}`)]
}

/**
 * Looks now at what is ours on this machine (a demo may be running), and answers how to ask later what is new.
 * What ends by itself within `deadlineMs` is not a leak.
 */
export async function watchLeaks(): Promise<(deadlineMs: number) => Promise<string[]>> {
  const before = new Set(await ours())
  return async (deadlineMs) => {
    let left: string[] = []
    await waitFor(
      async () => {
        left = (await ours()).filter((line) => !before.has(line))
        return left.length === 0
      },
      { deadlineMs, everyMs: 100 },
    )
    return left
  }
}

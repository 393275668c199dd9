import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { testDirectory } from '#e2e/world/files.ts'
import { processesOf } from '#e2e/world/processes.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { processIdentity } from '#lib/process/procfs.ts'

const readySchema = z.object({ postgresPid: z.number(), enginePid: z.number(), databaseUrl: z.string() })

export interface RunningLauncher {
  child: ChildProcess
  ready: z.infer<typeof readySchema>
}

/** A home for launchers of a test. Disposing it ends whatever still runs in it. */
export async function launcherHome() {
  await using made = new AsyncDisposableStack()
  const { path: root } = made.use(await testDirectory('launcher'))
  made.defer(async () => {
    const identities = await Promise.all((await processesOf(root)).map(({ pid }) => processIdentity(pid)))
    await Promise.all(identities.map((identity) => identity && stopProcess(identity, 5000)))
  })
  const engineEntry = path.join(root, 'engine.mjs')
  await writeFile(engineEntry, 'setInterval(() => {}, 1000)\n')
  const home = path.join(root, 'home')
  const ending = made.move()
  const spawnLauncher = () =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'child.ts'), home, engineEntry], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    root,
    home,
    engineEntry,
    /** Resolves when it is up. @throws Error with its words when it is not */
    async launch(): Promise<RunningLauncher> {
      const child = spawnLauncher()
      const said: string[] = []
      createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
      const lines = createInterface({ input: child.stdout })
      const first = await Promise.race([once(lines, 'line'), once(child, 'close')])
      if (typeof first[0] !== 'string') throw new Error(said.join('\n'))
      return { child, ready: readySchema.parse(JSON.parse(first[0])) }
    },
    processes: () => processesOf(root),
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}

/** Signals the launcher's process and waits for its end. */
export async function end({ child }: RunningLauncher, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code] = (await exited) as [number | null]
  return code
}

import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { JobView, VmView } from '#contracts/views.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type ParkPoint, parkFiles } from '#server/engine/park.ts'
import type { TestServer } from '../database.ts'
import { testDirectory, textOf } from '../files.ts'
import { type Stack, startStack } from '../stack.ts'
import type { DrawnDisk } from './disks.ts'
import { openRoutes, type Routes } from './routes.ts'

/** Points at which a case may hold its own backup. */
const points = ['prepared', 'copied', 'released', 'proved'] as const satisfies readonly ParkPoint[]
export type HoldPoint = (typeof points)[number]

/** One product that bears many cases at once, each with a machine of its own. */
export interface ContentBench extends AsyncDisposable {
  stack: Stack
  routes: Routes
  /** A directory for the disks of that machine. */
  directoryOf(name: string): Promise<string>
  addVm(name: string, disks: readonly DrawnDisk[]): Promise<VmView>
  /** That backup passes every point but these. */
  letPass(jobId: string, but?: readonly HoldPoint[]): Promise<void>
  /** What a failed proof keeps of a backup is deleted with all others at the end. */
  deleteLater(resourceId: string, directory: string): void
  /** Deletes what was kept, as a person does. Answers what is there still. */
  deleteKept(): Promise<string[]>
  /** Waits for the end of a backup. */
  finished(jobId: string): Promise<JobView>
  /** Resolves when it stands at the point. False: it ended without having come there. */
  comesTo(jobId: string, point: HoldPoint, ended: () => Promise<boolean>): Promise<boolean>
}

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

export async function openContentBench(
  options: { server?: TestServer; exportPorts?: number } = {},
): Promise<ContentBench> {
  await using made = new AsyncDisposableStack()
  const { path: directory } = made.use(await testDirectory('content'))
  const routes = await openRoutes(directory)
  const stack = made.use(
    await startStack({
      ...{ server: options.server, exportPorts: options.exportPorts },
      engineEnv: { SENDENSE_PARK: 'yes', SENDENSE_HOUSEKEEPING_SECONDS: '3600' },
      applianceEnv: { NODE_OPTIONS: `--require=${routes.preload}` },
    }),
  )
  const files = parkFiles(stack.home)
  await writeFile(files.park, points.join(' '))
  // The appliance's settings are one file.
  const asking = new Mutex()
  const kept: { id: string; where: string }[] = []
  const ending = made.move()
  return {
    stack,
    routes,
    directoryOf: async (name) => {
      const own = path.join(directory, name)
      await rm(own, { recursive: true, force: true })
      await mkdir(own)
      return own
    },
    addVm: (name, disks) =>
      asking.run(() => stack.addVm({ name, disks: disks.map(({ key, path: file }) => ({ key, path: file })) })),
    letPass: (jobId, but = []) =>
      writeFile(
        files.passJob(jobId),
        but.length === 0 ? 'all' : points.filter((point) => !but.includes(point)).join(' '),
      ),
    deleteLater: (resourceId, where) => {
      kept.push({ id: `row:${resourceId}`, where })
    },
    deleteKept: async () => {
      const ids = kept.map(({ id }) => id)
      if (ids.length > 0) await stack.services.housekeeping.clean({ ids }, { userId: null })
      const left = await Promise.all(kept.splice(0).map(async ({ where }) => ((await isThere(where)) ? [where] : [])))
      return left.flat()
    },
    finished: (jobId) => stack.finished(jobId, 180_000, 300),
    comesTo: async (jobId, point, ended) => {
      const there = async () => (await textOf(files.parkedJob(jobId))) === point
      let asked = performance.now()
      const look = async () => {
        if (await there()) return 'there'
        if (performance.now() - asked < 1000) return null
        asked = performance.now()
        return (await ended()) ? 'ended' : null
      }
      const found = await waitFor(look, { deadlineMs: 120_000, everyMs: 30 })
      if (found === null) throw new Error(`no job comes to ${point}\n${await stack.logs()}`)
      return found === 'there' || (await there())
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}

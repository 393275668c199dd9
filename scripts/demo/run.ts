import { markedPath } from '#e2e/world/processes.ts'
import { waitFor } from '#lib/async/wait.ts'
import { backUp, type Timings } from './backup.ts'
import type { HubClient } from './client.ts'
import { bytes, seconds } from './format.ts'
import { startHub } from './hub.ts'
import { startNode } from './node.ts'
import type { DemoPaths } from './paths.ts'
import { prepare } from './prepare.ts'
import type { Printer } from './printer.ts'
import { signIn, signInLink } from './sign-in.ts'
import { verdict } from './verdict.ts'

/** Says what happens, with the time each thing took. */
async function step<T>(printer: Printer, work: Promise<T>, done: (result: T) => string): Promise<T> {
  const start = performance.now()
  const result = await work
  printer.say(`✓ ${done(result)} (${seconds((performance.now() - start) / 1000)})`)
  return result
}

function timingLine({ firstByteSeconds, copySeconds, totalSeconds }: Timings): string {
  const known = (value: number | null) => (value === null ? 'not measured' : seconds(value))
  return `click to first byte ${known(firstByteSeconds)}, copy phase ${known(copySeconds)}, total ${seconds(totalSeconds)}`
}

const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Cancels what runs and waits until it has ended; a hub that answers no more is left to its own end. */
async function cancelRunning(client: HubClient): Promise<void> {
  try {
    const { items } = await client.backups.list.query({ active: true })
    await Promise.all(items.map(({ id }) => client.backups.cancel.mutate({ id })))
    const ended = async () => (await client.backups.list.query({ active: true })).items.length === 0
    if (items.length > 0) await waitFor(ended, { deadlineMs: 10_000, everyMs: 100 })
  } catch {
    return
  }
}

/**
 * The whole demo. Everything it starts is ended before it returns.
 * @param stop  aborts when the person has seen enough
 * @returns true when every disk came out identical
 */
export async function runDemo(
  paths: DemoPaths,
  options: { once: boolean },
  printer: Printer,
  stop: AbortSignal,
): Promise<boolean> {
  const say = printer.say
  // Whatever is started from here on carries the state's path, and can be found by it.
  process.env.PATH = markedPath(paths.root)
  const vm = await step(printer, prepare(paths, printer, stop), ({ name, disks }) => {
    const words = disks.map(({ key, sizeBytes, dataBytes }) => `${key} ${bytes(sizeBytes)} holding ${bytes(dataBytes)}`)
    return `Built; virtual machine ${name}: disks ${words.join(' and ')}`
  })
  await using hub = await step(printer, startHub(paths, say, stop), ({ env }) => `Hub at ${env.url}`)
  const client = await signIn(hub)
  await using node = await step(printer, startNode({ paths, hub, client, vm }, say), ({ apiPort }) => {
    const { host, port } = hub.env.ssh
    return `Appliance joined by ssh to ${host}:${port}, its API on the hub's port ${apiPort}`
  })
  const repositories = await client.repositories.list.query()
  const repository =
    repositories.find(({ path }) => path === paths.repository) ??
    (await client.repositories.create.mutate({ name: 'demo', path: paths.repository }))
  // Ended before the appliance, which has to clear up after each.
  await using _running = { [Symbol.asyncDispose]: () => cancelRunning(client) }
  await client.vms.refresh.mutate({ applianceId: node.applianceId })
  const row = (await client.vms.list.query()).find(
    ({ name, applianceName }) => name === vm.name && applianceName === node.name,
  )
  if (!row) throw new Error(`The hub does not list ${vm.name}.`)
  say(`✓ Repository ${paths.repository}`)

  const { job, timings } = await backUp(client, { vmId: row.id, repositoryId: repository.id }, printer, stop)
  if (job.state !== 'completed') {
    const { happened, safe, remedy } = job.problem ?? { happened: `It ended as ${job.state}.` }
    for (const line of [`✗ The backup did not complete. ${happened}`, safe, remedy]) if (line) say(line)
    return false
  }
  say(`✓ Completed: ${timingLine(timings)}`)
  const points = await client.backups.restorePoints.query({ vmId: row.id })
  const point = points.find(({ jobId }) => jobId === job.id)
  const identical = point !== undefined && (await verdict(vm, { point, job }, paths.repository, printer))
  say(identical ? '\nVerdict: both disks identical.' : '\nVerdict: NOT identical. This backup is not to be trusted.')
  if (options.once) return identical
  const link = await signInLink(hub)
  say(`\nSign in (works once, for 15 minutes):\n  ${link.url}\n\nEverything runs until Ctrl-C.`)
  await until(stop)
  say('Ending.')
  return identical
}

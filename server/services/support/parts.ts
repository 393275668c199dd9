import { open, readdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { buildId } from '#lib/build-id.ts'
import type { PrismaClient } from '../../db/client.ts'
import { openLedger } from '../../db/housekeeping.ts'
import { readHubFacts } from '../../db/metrics.ts'
import { jobLedger } from '../../db/support.ts'
import type { HubEnv } from '../../env.ts'
import type { HubServices } from '../api.ts'
import { renderMetrics } from '../metrics/metrics.ts'

/** One file of a bundle before anything is taken out of it. */
export interface Part {
  name: string
  about: string
  read(): Promise<string>
}

/** What the hub's own services are needed for. */
export type Told = Omit<HubServices, 'support'>

const text = (value: unknown) =>
  `${JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? Number(one) : one), 2)}\n`
const json = (name: string, about: string, read: () => unknown): Part => ({
  name,
  about,
  read: async () => text(await read()),
})

/** What of a log is kept: its end. */
const LOG_BYTES = 512 * 1024

/** The last lines of a file, from the beginning of one. */
async function endOf(file: string): Promise<string> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const length = Math.min(size, LOG_BYTES)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
  const words = buffer.toString('utf8', 0, bytesRead)
  return size > length ? words.slice(words.indexOf('\n') + 1) : words
}

/** The machine and its settings: needs neither database nor engine. */
function hostFacts(env: HubEnv) {
  const { home, http, url, ssh, exportPorts, controlPorts, applianceAwayMs, drain, housekeepingMs, logLevel } = env
  return {
    build: buildId(),
    node: process.version,
    system: `${os.type()} ${os.release()} ${os.machine()}`,
    processors: os.cpus().length,
    memoryBytes: { total: os.totalmem(), free: os.freemem() },
    load: os.loadavg(),
    upSeconds: os.uptime(),
    settings: {
      ...{ home, http, url, ssh, exportPorts, controlPorts, applianceAwayMs, drain, housekeepingMs, logLevel },
      database: env.databaseUrl === null ? 'embedded' : env.databaseUrl,
    },
  }
}

/** What is there also when nothing of the hub runs. */
export async function hostParts(env: HubEnv): Promise<Part[]> {
  const names = (await readdir(env.paths.log).catch(() => [])).filter((name) => name.endsWith('.log')).toSorted()
  const logs = [...names.map((name) => path.join(env.paths.log, name)), path.join(env.paths.ssh, 'sshd.log')]
  return [
    json('hub/host.json', 'This computer and the hub’s settings.', () => hostFacts(env)),
    ...logs.map((file) => ({
      name: `logs/${path.basename(file)}`,
      about: 'The end of a log, at most half a MiB.',
      read: () => endOf(file),
    })),
  ]
}

const MACHINES = 1000
const BACKUPS = 100

/** What the database knows. */
export function hubParts(env: HubEnv, prisma: PrismaClient, told: Told): Part[] {
  const [from, to] = env.exportPorts
  const metrics = async () => {
    const [facts, { engine }] = await Promise.all([readHubFacts(prisma), told.health()])
    return renderMetrics(facts, { buildId: buildId(), ports: to - from + 1, engine, now: new Date() })
  }
  return [
    json('hub/health.json', 'Whether database and engine answer.', () => told.health()),
    { name: 'hub/metrics.txt', about: 'The figures that Prometheus reads.', read: metrics },
    json('hub/appliances.json', 'The appliances, how they are, their tools.', () => told.appliances.list()),
    json('hub/repositories.json', 'The repositories, their room and problems.', () => told.repositories.list()),
    json('hub/machines.json', 'The virtual machines by name, without their content.', async () =>
      (await told.vms.list()).slice(0, MACHINES),
    ),
    json('hub/backups.json', 'The newest backups and how they ended.', async () => (await newest(told)).items),
    json('hub/checks.json', 'The last check of each appliance.', () => told.checks.appliances()),
    json('hub/ledger.json', 'What the hub has on its ledger of resources now.', () => openLedger(prisma)),
  ]
}

const newest = (told: Told) => told.backups.list({ limit: BACKUPS })

/** What only the engine can tell. */
export function engineParts(told: Told): Part[] {
  return [
    json('engine/exports.json', 'Every qemu-nbd that lives.', () => told.exports.list()),
    json('engine/tunnels.json', 'Every SSH session that lives.', () => told.tunnels.list()),
    json('engine/housekeeping.json', 'What is left over, and what is foreign.', () => told.housekeeping.survey()),
  ]
}

/** One backup whole. @param id  a job's id, or its backup's */
export function jobParts(prisma: PrismaClient, told: Told, id: string): Part[] {
  const job = told.backups.get(id)
  // Whoever reads a part is told; nobody else waits for it.
  job.catch(() => undefined)
  return [
    json('backup/backup.json', 'The backup: its disks, hops, verdict, problem and proof.', () => job),
    json('backup/events.json', 'What happened, in order.', async () => told.backups.events((await job).id)),
    json('backup/samples.json', 'What was measured while it ran.', async () => told.backups.samples((await job).id)),
    json('backup/ledger.json', 'What it had on the ledger, and what became of it.', async () =>
      jobLedger(prisma, (await job).id),
    ),
    json('backup/last-check.json', 'The last check of its virtual machine.', async () =>
      told.checks.newest((await job).vmId),
    ),
  ]
}

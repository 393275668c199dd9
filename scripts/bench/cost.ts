import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { testDirectory } from '#e2e/world/files.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { processesOf } from '#e2e/world/processes.ts'
import { serveSlowly } from '#e2e/world/slow-source.ts'
import { type Stack, startStack } from '#e2e/world/stack.ts'
import { sleep, waitFor } from '#lib/async/wait.ts'
import { listProcesses, processName } from '#lib/process/procfs.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'

// What it costs to watch a running backup: npm run bench:cost. Copies are slow on purpose, so that little but the watching
// is left; nbdkit, qemu-nbd and ssh are not counted.
const JOBS = 4
const SECONDS = 30
/** The work of a start is over after this. */
const SETTLE_MS = 5000
const MIB = 1024 * 1024
/** USER_HZ: ticks of /proc/PID/stat in a second, on every Linux architecture we know of. */
const HZ = 100

/** Milliseconds of CPU the process and its waited-for children have taken. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0) * (1000 / HZ)
}

const sumOf = async (pids: readonly number[]) =>
  (await Promise.all(pids.map(cpuMs))).reduce((sum, value) => sum + value, 0)

/** The shells these processes keep, for their `ss`. */
async function shellsOf(owners: readonly number[]): Promise<number[]> {
  const children = (await listProcesses()).filter(({ ppid }) => owners.includes(ppid))
  return children.map(({ pid }) => pid).filter((pid) => processName(pid) === 'sh')
}

async function backends(database: string): Promise<number[]> {
  const rows = await Promise.all(
    (await listProcesses()).map(async ({ pid }) => ({
      pid,
      title: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  )
  return rows
    .filter(({ title }) => title.startsWith('postgres:') && title.includes(` ${database} `))
    .map(({ pid }) => pid)
}

/** CPU per second of each part, in milliseconds. */
async function measure(stack: Stack, database: string) {
  await sleep(SETTLE_MS)
  const clients = (await processesOf(stack.root))
    .filter(({ command }) => / transfer /.test(command))
    .map(({ pid }) => pid)
  const parts = {
    engine: [stack.engine.pid, ...(await shellsOf([stack.engine.pid]))],
    'appliance daemon': [stack.appliance.pid],
    'transfer processes': [...clients, ...(await shellsOf(clients))],
    database: await backends(database),
  }
  const names = Object.keys(parts) as (keyof typeof parts)[]
  const read = () => Promise.all(names.map((name) => sumOf(parts[name])))
  const [before, began] = [await read(), performance.now()]
  await sleep(SECONDS * 1000)
  const [after, seconds] = [await read(), (performance.now() - began) / 1000]
  return new Map(names.map((name, index) => [name, ((after[index] ?? 0) - (before[index] ?? 0)) / seconds]))
}

await using made = new AsyncDisposableStack()
const server = made.use(await startTestPostgres())
const stack = made.use(await startStack({ server }))
const directory = made.use(await testDirectory('cost')).path
const database = path.basename(new URL(stack.variables.DATABASE_URL ?? '').pathname)
const idle = await measure(stack, database)
const jobs = await Promise.all(
  Array.from({ length: JOBS }, async (_, index) => {
    const extents = [{ kind: 'random' as const, offset: 0, length: 64 * MIB }]
    const raw = await makeRawDisk(path.join(directory, `${index}.raw`), { sizeBytes: 64 * MIB, extents })
    return made.use(await serveSlowly(raw.path, directory, '4M', [], 'tcp'))
  }),
)
const ids: string[] = []
const copying = async () =>
  (await Promise.all(ids.map((id) => stack.peek(id)))).every(({ state }) => state === 'copying')
async function begin(some: typeof jobs): Promise<Awaited<ReturnType<typeof measure>>> {
  for (const { url } of some) {
    const vm = await stack.addVm({ name: `vm-${ids.length}`, disks: [{ key: 2000, url }] })
    ids.push((await stack.backUp(vm.id)).id)
  }
  if (!(await waitFor(copying, { deadlineMs: 60_000, everyMs: 200 }))) throw new Error('the backups do not copy')
  return measure(stack, database)
}
const one = await begin(jobs.slice(0, 1))
const all = await begin(jobs.slice(1))
console.log(
  `CPU of watching backups of one disk, over ${SECONDS} s, in ms a second (10 are 1 % of a core); idle taken off.`,
)
console.log('The first pays for one look at all sockets of its host, which all share.')
const line = (name: string, first: number, further: number) =>
  console.log(
    `  ${name.padEnd(17)} the first ${first.toFixed(1).padStart(6)}, each further ${further.toFixed(1).padStart(6)}`,
  )
let sums: [number, number] = [0, 0]
for (const [name, ms] of all) {
  const first = (one.get(name) ?? 0) - (idle.get(name) ?? 0)
  const further = (ms - (one.get(name) ?? 0)) / (JOBS - 1)
  sums = [sums[0] + first, sums[1] + further]
  line(name, first, further)
}
line('together', ...sums)
const [size] = await stack.hub.prisma.$queryRaw<{ row: number; ledger: number }[]>`
  SELECT avg(pg_column_size(s))::float AS row, avg(pg_column_size(s.hops))::float AS ledger FROM job_samples s`
console.log(`  a sample of one disk: ${size?.row.toFixed(0)} bytes, ${size?.ledger.toFixed(0)} of them hops`)
for (const id of ids) await stack.services.backups.cancel(id, { userId: null })
for (const id of ids) await stack.finished(id)

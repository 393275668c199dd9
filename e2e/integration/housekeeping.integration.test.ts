/** @module-tag long */
import { randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CleaningOutcome, Orphan } from '#contracts/housekeeping.ts'
import type { JobView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { intend, markReleased } from '#server/db/resources.ts'
import { createImage } from '#server/drivers/image/driver.ts'
import { type ExportProcess, startExport } from '#server/drivers/nbd/driver.ts'
import { isPortFree } from '#server/drivers/port/driver.ts'
import { makeKey, openTunnel, type TestTunnel } from '#server/drivers/testing/ssh.ts'
import { checkout } from '../world/appliance.ts'
import { testDirectory } from '../world/files.ts'
import { processesOf } from '../world/processes.ts'
import { copying, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let source: { key: number; path: string }
/** A session with a key of its own: old enough by the time its test comes. */
let stranger: TestTunnel & { since: number; applianceId: string }
beforeAll(async () => {
  directory = made.use(await testDirectory('disks')).path
  // By itself only at the engine's start, unless a test asks otherwise.
  stack = made.use(await startStack({ engineEnv: { SENDENSE_HOUSEKEEPING_SECONDS: '3600' } }))
  const { path: file } = await makeRawDisk(path.join(directory, 'keep.raw'), {
    sizeBytes: 48 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 40 * MIB }],
  })
  source = { key: 2000, path: file }
  const key = await makeKey(directory, 'stranger')
  const registered = await stack.services.appliances.register(
    { name: 'stranger', publicKey: key.publicKey, apiToken: randomUUID().repeat(2) },
    actor,
  )
  const { sshHost: host, sshPort: port, sshUser: user, hostKey } = registered.hub
  const tunnel = made.use(await openTunnel({ host, port, user, hostKey }, key, []))
  stranger = Object.assign(tunnel, { since: performance.now(), applianceId: registered.appliance.id })
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const { stringify } = JSON
const failed = { code: 'internal' as const, happened: 'A file could not be frozen' }
const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )
const survey = () => stack.services.housekeeping.survey()
const clean = (choice = {}) => stack.services.housekeeping.clean(choice, actor)
const engineAnswers = async () => {
  const up = await waitFor(async () => (await stack.services.health()).engine, { deadlineMs: 30_000, everyMs: 50 })
  if (!up) throw new Error(await stack.logs())
}
const steps = async (jobId: string) =>
  (await stack.services.backups.events(jobId)).flatMap(({ data }) =>
    data.kind === 'job.step' && data.step === 'clean-up' ? [data] : [],
  )
const orphanOf = (orphans: readonly Orphan[], words: RegExp) => {
  const found = orphans.find((orphan) => words.test(`${orphan.kind} ${orphan.identity}`))
  if (!found)
    throw new Error(`nothing like ${words} among ${stringify(orphans.map(({ kind, identity }) => [kind, identity]))}`)
  return found
}

/** A backup whose leavings the tests make up. */
async function completed(name: string): Promise<JobView> {
  const vm = await stack.addVm({ name, disks: [source] })
  const job = await stack.finished((await stack.backUp(vm.id)).id)
  // It cleans up after its end is on record: what the test makes must not be taken for its.
  expect(await stack.leaks()).toEqual([])
  return job
}

/** One that is over: what bears its name belongs to nobody any more. */
const ended = async () =>
  (await stack.services.backups.list({})).items.find(({ state }) => state === 'completed') ?? completed('ended')

const exportPort = async (from: number) => {
  const [, to] = stack.env.exportPorts
  for (let port = from; port <= to; port++) if (await isPortFree('127.0.0.1', port)) return port
  throw new Error('no port')
}

/** A qemu-nbd of the test's own in the hub's range. */
async function serve(imagePath: string, mark: string, port: number, dir: string): Promise<ExportProcess> {
  const exportName = `left-disk-${port}`
  await createImage(imagePath, MIB)
  return startExport({
    ...{ imagePath, exportName, mark, port, dir },
    ...{ format: 'qcow2', host: '127.0.0.1', readOnly: false, deadlineMs: 10_000 },
  })
}

const clientsOf = async () =>
  (await processesOf(stack.root)).filter(({ command }) => / client --job-dir/.test(command)).map(({ pid }) => pid)

describe('a failed job', () => {
  it('cleans all it can when one step fails; the rest stays on record until the cause is gone', async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'frozen', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    const job = await copying(stack, id)
    const partial = path.join(stack.repositoryPath, 'frozen', `${job.backupId}.partial`)
    await runOrThrow('chattr', ['+i', partial], failed)
    try {
      for (const pid of await clientsOf()) process.kill(pid, 'SIGKILL')
      expect((await stack.finished(id)).state).toBe('failed')
      const told = await steps(id)
      expect(told.filter(({ outcome }) => outcome === 'failed').map(({ message }) => message)).toEqual([
        expect.stringMatching(/^Not cleaned: unfinished images: .*It stays on the ledger\.$/),
      ])
      expect(told.filter(({ outcome }) => outcome === 'ok').map(({ message }) => message)).toEqual(
        expect.arrayContaining([expect.stringMatching(/export of disk 2000/), expect.stringMatching(/data tunnel/)]),
      )
      expect(await stack.present()).toEqual([`file ${partial}`, `on the ledger: partial-directory ${partial}`])
      const [orphan, ...more] = (await survey()).orphans
      expect(more).toEqual([])
      expect(orphan).toMatchObject({ kind: 'partial-directory', identity: partial, jobId: id, backupId: job.backupId })
      expect(orphan?.sizeBytes).toBeGreaterThan(0)

      const { outcomes, view } = await clean({ ids: [orphan?.id ?? ''] })
      expect(outcomes).toMatchObject([{ outcome: 'failed', detail: expect.stringMatching(/frozen|repository/) }])
      expect(view.orphans).toMatchObject([{ tries: 1, reason: outcomes[0]?.detail, nextTryAt: expect.any(String) }])
      await clean()
      const later = (await steps(id)).filter(({ message }) => message.includes('Not cleaned: partial-directory'))
      expect(later).toHaveLength(1)
    } finally {
      await runOrThrow('chattr', ['-i', partial], failed)
    }
    expect((await clean({ jobId: id })).outcomes).toMatchObject([{ outcome: 'cleaned' }])
    expect((await survey()).orphans).toEqual([])
    expect((await steps(id)).at(-1)).toMatchObject({
      outcome: 'ok',
      message: `Cleaned afterwards: partial-directory ${partial}.`,
    })
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished((await stack.backUp(vm.id)).id), [source])
  })

  it('whose client does not answer any more is ended within its bound', { tags: ['long'] }, async () => {
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'stopped-client', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    for (const pid of await clientsOf()) process.kill(pid, 'SIGSTOP')
    await stack.services.backups.cancel(id, actor)
    expect((await stack.finished(id, 20_000)).state).toBe('cancelled')
  })
})

describe('what is left over', () => {
  it('is found and cleaned, and what is not ours survives beside it', async () => {
    const job = await completed('left over')
    const { prisma } = stack.hub
    const slug = path.dirname(
      path.join((await stack.services.backups.restorePoints({ vmId: job.vmId }))[0]?.directory ?? ''),
    )
    const partial = path.join(stack.repositoryPath, slug, `${job.backupId}.partial`)
    await mkdir(partial)
    await createImage(path.join(partial, 'disk-2000.qcow2'), MIB)
    const exportsDir = stack.env.paths.exports
    const [from] = stack.env.exportPorts

    // Ours: started by an engine that died before it could note the pid, and one whose record was closed too early.
    const first = await exportPort(from)
    const unnoted = await intend(prisma, 'export', `left-disk-${first}@${first}`, job.id, {
      exportName: `left-disk-${first}`,
      port: first,
      imagePath: path.join(partial, 'disk-2001.qcow2'),
      readOnly: false,
      portRowId: randomUUID(),
    })
    const ours = [await serve(path.join(partial, 'disk-2001.qcow2'), unnoted?.id ?? '', first, exportsDir)]
    const second = await exportPort(first + 1)
    const closed = await intend(prisma, 'export', `left-disk-${second}@${second}`, job.id, {})
    ours.push(await serve(path.join(partial, 'disk-2002.qcow2'), closed?.id ?? '', second, exportsDir))
    await markReleased(prisma, closed?.id ?? '')
    // Ours: what only the ledger, the key list and the disk know.
    const key = await makeKey(directory, 'left-key')
    await intend(prisma, 'data-key', job.id, job.id, { publicKey: key.publicKey, openPorts: [first] })
    await intend(prisma, 'port', '9', job.id)
    await intend(prisma, 'appliance-job', job.id, job.id, { applianceId: stack.applianceId })
    const old = new Date(Date.now() - 3_600_000)
    const files = [
      path.join(exportsDir, 'gone-disk-2000-10199.log'),
      path.join(stack.env.paths.secrets, `.vault.key.${randomUUID()}.tmp`),
      path.join(stack.repositoryPath, `.sendense-write-test-${randomUUID()}`),
    ]
    for (const file of files) {
      await writeFile(file, 'x')
      await utimes(file, old, old)
    }

    // Not ours: other people's servers and images, in the same places.
    const foreignDir = path.join(directory, 'foreign')
    await mkdir(foreignDir)
    const strange = [
      await serve(path.join(stack.repositoryPath, slug, 'mine.qcow2'), '', await exportPort(second + 1), foreignDir),
      await serve(path.join(foreignDir, 'other.qcow2'), randomUUID(), await exportPort(second + 2), foreignDir),
    ]
    const images = [
      path.join(stack.repositoryPath, 'root.qcow2'),
      path.join(partial, 'mine.qcow2'),
      path.join(stack.repositoryPath, slug, 'backup-somebody-1759901304.partial', 'disk-2000.qcow2'),
    ]
    await mkdir(path.dirname(images[2] ?? ''))
    for (const image of images) await createImage(image, MIB)
    try {
      const before = await survey()
      const kinds = before.orphans.map(({ kind }) => kind).toSorted()
      expect(kinds).toEqual([
        'appliance-job',
        'data-key',
        'export',
        'file',
        'file',
        'file',
        'partial-directory',
        'port',
        'process',
      ])
      expect(orphanOf(before.orphans, /^process /)).toMatchObject({ backupId: job.backupId, since: expect.any(String) })
      for (const one of before.orphans) expect([one.why, one.cleaning].every((words) => words.endsWith('.'))).toBe(true)
      const shown = before.foreign.map(({ identity }) => identity)
      for (const { identity } of strange) expect(shown.some((text) => text.startsWith(`${identity.pid}: `))).toBe(true)
      expect(shown).toEqual(
        expect.arrayContaining([
          ...images.slice(0, 2),
          path.dirname(images[2] ?? ''),
          path.join(stack.repositoryPath, slug, 'mine.qcow2'),
        ]),
      )
      expect(await isAlive(ours[0]?.identity ?? { pid: 0, start: '' })).toBe(true)

      const { outcomes, view } = await clean()
      const bad = outcomes.filter(({ outcome }: CleaningOutcome) => outcome !== 'cleaned')
      // The directory holds somebody's image: it stays, with the reason.
      expect(bad).toMatchObject([{ kind: 'partial-directory', detail: expect.stringContaining('mine.qcow2') }])
      expect(view.orphans).toMatchObject([
        { kind: 'partial-directory', reason: expect.stringContaining('mine.qcow2'), tries: 1 },
      ])
      expect(await readdir(partial)).toEqual(['mine.qcow2'])
      for (const { identity } of ours) expect(await isAlive(identity)).toBe(false)
      for (const port of [first, second]) expect(await isPortFree('127.0.0.1', port)).toBe(true)
      for (const file of files) expect(await isThere(file)).toBe(false)
      for (const { identity } of strange) expect(await isAlive(identity)).toBe(true)
      for (const image of images) expect(await isThere(image)).toBe(true)
      expect(await prisma.resource.count({ where: { state: { not: 'released' }, kind: { not: 'sshd' } } })).toBe(1)

      await rm(path.join(partial, 'mine.qcow2'))
      expect((await clean()).view.orphans).toEqual([])
      expect(await prisma.resource.count({ where: { state: { not: 'released' }, kind: { not: 'sshd' } } })).toBe(0)
    } finally {
      for (const end of strange) await stopProcess(end.identity, 5000)
      for (const image of [...images, path.join(stack.repositoryPath, slug, 'mine.qcow2')])
        await rm(image, { force: true })
      await rm(path.dirname(images[2] ?? ''), { recursive: true, force: true })
    }
  })

  it('goes by itself on the timer, and nothing of a running backup with it', { tags: ['long'] }, async () => {
    // Killed, not stopped: sshd and the stranger's session stay.
    await stack.engine.kill()
    await stack.engine.restart({ SENDENSE_HOUSEKEEPING_SECONDS: '1' })
    await engineAnswers()
    await stack.online()
    await using slow = await serveSlowly(source.path, directory, '20M')
    const vm = await stack.addVm({ name: 'undisturbed', disks: [{ key: 2000, url: slow.url }] })
    const { id } = await stack.backUp(vm.id)
    await copying(stack, id)
    const job = await ended()
    const partial = path.join(stack.repositoryPath, 'undisturbed', `${job.backupId}.partial`)
    for (let round = 0; round < 2; round++) {
      await mkdir(partial)
      expect(await waitFor(async () => !(await isThere(partial)), { deadlineMs: 15_000, everyMs: 50 })).toBe(true)
    }
    await slow.setRate(null)
    await expectIdentical(stack, await stack.finished(id), [source])
  })

  it('an SSH session that the log no longer names ends at the next start; the appliance keeps its own', {
    tags: ['long'],
  }, async () => {
    // What is younger may be a login that is not written down yet.
    const old = () => performance.now() - stranger.since > 32_000
    expect(await waitFor(old, { deadlineMs: 40_000, everyMs: 250 })).toBe(true)
    const pids = async () => (await stack.services.tunnels.list()).map(({ pid }) => pid)
    const before = await stack.services.tunnels.list()
    const kept = before.find(({ applianceId }) => applianceId === stack.applianceId)
    expect(before).toHaveLength(2)
    expect((await survey()).orphans).toEqual([])
    await stack.engine.kill()
    await truncate(path.join(stack.env.paths.ssh, 'sshd.log'))
    await stack.engine.restart()
    await engineAnswers()
    expect(await waitFor(async () => !(await stranger.isAlive()), { deadlineMs: 5000 })).toBe(true)
    expect(await pids()).toEqual([kept?.pid])
    await stack.online()
    await stack.services.appliances.stop(stranger.applianceId, actor)
  })
})

// It starts Node six times and the engine once.
describe('npm run cleanup', { timeout: 120_000 }, () => {
  const cleanup = async (...args: string[]) => {
    const env = { ...stack.variables, HOME: stack.root }
    const { exitCode, stdout, stderr } = await run(
      process.execPath,
      [path.join(checkout, 'scripts/cleanup/main.ts'), ...args],
      { env, timeoutMs: 60_000 },
    )
    return { exitCode, stdout, stderr }
  }

  it('looks, cleans when asked to, and says by its exit status whether anything is left', {
    tags: ['long'],
  }, async () => {
    expect(await cleanup()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Nothing is left over\./) })
    const job = await ended()
    const partial = path.join(stack.repositoryPath, job.vmName.replaceAll(' ', '-'), `${job.backupId}.partial`)
    await mkdir(partial)
    await createImage(path.join(partial, 'disk-2000.qcow2'), MIB)
    const dry = await cleanup('--json')
    expect(dry.exitCode).toBe(1)
    expect(JSON.parse(dry.stdout)).toMatchObject({
      ...{ status: 1, engine: true, applied: false, outcomes: [] },
      view: { orphans: [{ kind: 'partial-directory', identity: partial, backupId: job.backupId }] },
    })
    expect(await isThere(partial)).toBe(true)

    await stack.engine.stop()
    const down = await cleanup('--apply')
    expect(down.exitCode).toBe(1)
    expect(down.stdout).toContain('The engine of this hub is down')
    expect(down.stdout).toContain(partial)
    expect(down.stdout).toContain('Nothing was cleaned: the engine is down')
    expect(await isThere(partial)).toBe(true)
    await stack.engine.restart()
    await engineAnswers()
    // It cleans by itself at its start.
    expect(await isThere(partial)).toBe(false)

    await stack.online()
    await mkdir(partial)
    const other = await cleanup('--apply', '--job', randomUUID())
    expect(other).toMatchObject({ exitCode: 2, stdout: '' })
    const applied = await cleanup('--apply', '--job', job.backupId)
    expect(applied).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/cleaned .*\.partial[\s\S]*Nothing is left/),
    })
    expect(await isThere(partial)).toBe(false)
  })

  it('says why when it cannot look', { tags: ['long'] }, async () => {
    expect(await cleanup('--everything')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--everything'),
    })
    expect(await cleanup('--help')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Exit status') })
    const env = { ...stack.variables, DATABASE_URL: 'postgresql://127.0.0.1:1/none' }
    const lost = await run(process.execPath, [path.join(checkout, 'scripts/cleanup/main.ts')], { env })
    expect(lost).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('database does not answer') })
  })
})

/** @module-tag long */
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { HubEvent } from '#contracts/events.ts'
import { isTerminal } from '#contracts/job.ts'
import { waitFor } from '#lib/async/wait.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { createClient, type HubClient } from '#scripts/demo/client.ts'
import { signIn } from '#scripts/demo/sign-in.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { webIsReady } from '#server/launcher/ready.ts'
import { checkout } from '../world/appliance.ts'
import { testDirectory } from '../world/files.ts'
import { copying, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let client: HubClient
beforeAll(async () => {
  // Does nothing when the last build was of these sources.
  const failed = { code: 'internal' as const, happened: 'The build failed' }
  await runOrThrow(process.execPath, [path.join(checkout, 'scripts/build.ts')], failed, { timeoutMs: 240_000 })
  directory = made.use(await testDirectory('disks')).path
  stack = made.use(await startStack({ web: true }))
  client = await signIn({ env: stack.env, databaseUrl: stack.variables.DATABASE_URL ?? '' })
}, 300_000)
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const disk = async (name: string) => {
  const sizeBytes = 48 * MIB
  const extents = [{ kind: 'random' as const, offset: 0, length: sizeBytes }]
  return { key: 2000, ...(await makeRawDisk(path.join(directory, `${name}.raw`), { sizeBytes, extents, seed: name })) }
}

/** Every event after the cursor until the job ended, as a program receives them. */
function received(after: string, isLast: (event: HubEvent) => boolean): { events: HubEvent[]; done: Promise<void> } {
  const events: HubEvent[] = []
  const done = new Promise<void>((resolve, reject) => {
    const subscription = client.events.subscribe.subscribe(
      { after },
      {
        onData: ({ id, data }) => {
          expect(id).toBe(data.seq)
          events.push(data)
          if (!isLast(data)) return
          subscription.unsubscribe()
          resolve()
        },
        onError: reject,
      },
    )
  })
  return { events, done }
}

it('a program that is not signed in gets nothing', async () => {
  const stranger = createClient(stack.url, { origin: stack.url })
  await expect(stranger.vms.list.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } })
  await expect(stranger.backups.list.query({})).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } })
  const { status } = await fetch(new URL('/api/trpc/events.subscribe', stack.url))
  expect(status).toBe(401)
})

it('events go on without gap or duplicate over a restart of the web in mid-backup, and the backup with them', async () => {
  const source = await disk('web-restart')
  await using slow = await serveSlowly(source.path, directory, '20M')
  const vm = await stack.addVm({ name: 'web-restart', disks: [{ key: 2000, url: slow.url }] })
  const after = await client.events.cursor.query()
  const started = await client.backups.start.mutate({ vmId: vm.id, repositoryId: stack.repositoryId, type: 'full' })
  const ended = ({ jobId, data }: HubEvent) =>
    jobId === started.id && data.kind === 'job.state' && isTerminal(data.state)
  const { events, done } = received(after, ended)
  await copying(stack, started.id)
  await stack.web?.kill()
  await stack.web?.restart()
  expect(await waitFor(() => webIsReady(stack.env), { deadlineMs: 60_000, everyMs: 50 })).toBe(true)
  await slow.setRate(null)
  await done

  const seqs = events.map(({ seq }) => BigInt(seq))
  expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => (a < b ? -1 : 1)))
  const ofJob = events.filter(({ jobId, data }) => jobId === started.id && data.kind !== 'job.progress')
  const kept = (await stack.services.backups.events(started.id)).filter(({ data }) => data.kind !== 'job.progress')
  expect(ofJob.map(({ seq }) => seq)).toEqual(
    kept.map(({ seq }) => seq).filter((seq) => BigInt(seq) <= (seqs.at(-1) ?? 0n)),
  )
  await expectIdentical(stack, await stack.finished(started.id), [source])
})

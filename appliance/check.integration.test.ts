/** @module-tag long */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatTargets } from '#contracts/targets.ts'
import { makeDisk } from './testing/directory.ts'
import { anyPort, startExport } from './testing/hub.ts'
import { addVm, dataKeyLine, diskPath, startWorld, type TestWorld } from './testing/job.ts'

const MIB = 1024 * 1024
let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
  await addVm(world, 'vm', [{ key: 2000, path: await makeDisk(diskPath(world, 'd.raw'), MIB, []) }])
})
afterAll(() => world[Symbol.asyncDispose]())

/** Connects to `hubPort` with a key that permits `permitted`, and checks the export of that name. */
async function check(hubPort: number, permitted: number, exportName: string) {
  const { api } = world.appliance
  const jobId = randomUUID()
  const { publicKey } = await api.call('jobs.prepare', { jobId, source: 'images', ref: 'vm' })
  try {
    await world.sshd.authorize([dataKeyLine(jobId, publicKey, [permitted])])
    const { forwards } = await api.call('jobs.connect', { jobId, hubPorts: [hubPort] })
    const targets = formatTargets(forwards.map(({ host, port }) => ({ key: 2000, host, port, exportName })))
    return (await api.call('jobs.check', { jobId, targets })).disks[0]
  } finally {
    await api.call('jobs.end', { jobId })
  }
}

describe('the check of a real export through its own tunnel', () => {
  test('is well', async () => {
    await using served = await startExport(world.directory, 'well-disk-2000', MIB)
    expect(await check(served.port, served.port, 'well-disk-2000')).toEqual({
      key: 2000,
      ok: true,
      sizeBytes: MIB,
      problem: null,
    })
  })

  test('says when the name is unknown', async () => {
    await using served = await startExport(world.directory, 'known-disk-2000', MIB)
    const disk = await check(served.port, served.port, 'other-disk-2000')
    expect(disk).toMatchObject({ ok: false, problem: { code: 'export_unreachable' } })
    expect(disk?.problem?.happened).toContain('does not know the name')
  })

  test('says when the size differs', async () => {
    await using served = await startExport(world.directory, 'big-disk-2000', 2 * MIB)
    const disk = await check(served.port, served.port, 'big-disk-2000')
    expect(disk).toMatchObject({ ok: false, sizeBytes: 2 * MIB, problem: { code: 'export_unreachable' } })
    expect(disk?.problem?.happened).toContain(`${2 * MIB} bytes`)
  })

  test('says when nothing listens on the hub', async () => {
    const port = await anyPort()
    const disk = await check(port, port, 'gone-disk-2000')
    expect(disk?.problem?.happened).toContain("nothing listens at the export's port on the hub")
  })

  test('says when the hub refuses the forward', async () => {
    await using served = await startExport(world.directory, 'shut-disk-2000', MIB)
    const disk = await check(served.port, await anyPort(), 'shut-disk-2000')
    expect(disk?.problem?.happened).toContain('refuses to forward')
  })

  test('refuses a target that goes past the tunnel', async () => {
    const { api } = world.appliance
    const jobId = randomUUID()
    await api.call('jobs.prepare', { jobId, source: 'images', ref: 'vm' })
    const targets = '2000:nbd://127.0.0.1:10100/vm-disk-2000'
    await expect(api.call('jobs.start', { jobId, targets })).rejects.toMatchObject({ problem: { code: 'bad_input' } })
    await api.call('jobs.end', { jobId })
  })

  test('connecting with a key that is not let in says so', async () => {
    const { api } = world.appliance
    const jobId = randomUUID()
    await api.call('jobs.prepare', { jobId, source: 'images', ref: 'vm' })
    await expect(api.call('jobs.connect', { jobId, hubPorts: [await anyPort()] })).rejects.toMatchObject({
      problem: { code: 'tunnel_refused', happened: expect.stringContaining('key') },
    })
    await api.call('jobs.end', { jobId })
  })
})

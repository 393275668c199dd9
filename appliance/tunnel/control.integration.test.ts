/** @module-tag long */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { createApplianceClient } from '#server/drivers/appliance/driver.ts'
import { authorizedKeyLine } from '#server/drivers/ssh/driver.ts'
import { appliancePaths } from '../config.ts'
import { readProcess } from '../process-record.ts'
import { startWorld, type TestWorld } from '../testing/job.ts'

let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const state = async () => (await world.appliance.api.call('hello', {})).tunnel
const until = (wanted: string) =>
  waitFor(
    async () => {
      const now = await state()
      return now.state === wanted && now
    },
    { deadlineMs: 20_000, everyMs: 30 },
  )

/** The appliance's API as the hub sees it. */
const throughTunnel = () =>
  createApplianceClient({
    host: '127.0.0.1',
    port: world.sshd.hub.apiPort,
    token: world.appliance.token,
    buildId: 'test',
  })

describe('the control tunnel', () => {
  test('says why it is refused, and connects by itself as soon as it is let in', async () => {
    const refused = await until('waiting')
    expect(refused?.lastError).toContain("the hub refused the appliance's key")
    const publicKey = await readFile(appliancePaths(world.appliance.dataDir).controlPublicKey, 'utf8')
    const listenPort = world.sshd.hub.apiPort
    await world.sshd.authorize([authorizedKeyLine({ kind: 'control', id: 'one', publicKey, listenPort })])
    expect(await until('connected')).not.toBeNull()
    expect((await throughTunnel().call('hello', {})).name).toBe('node-1')
  })

  test('carries the heartbeat, and dials again when the hub ends it', async () => {
    const before = (await state()).since
    const stop = new AbortController()
    const beats: number[] = []
    await expect(
      (async () => {
        for await (const { roundTripMs } of throughTunnel().heartbeat(stop.signal)) {
          beats.push(roundTripMs ?? 0)
          if (beats.length === 2) await world.sshd.endSessions()
        }
      })(),
    ).rejects.toMatchObject({ problem: { code: 'appliance_unreachable' } })
    // The hub hears of the end before ssh does.
    const noticed = async () => (await state()).since !== before
    expect(await waitFor(noticed, { deadlineMs: 20_000, everyMs: 30 })).toBe(true)
    expect(await until('connected')).not.toBeNull()
    expect((await state()).lastError).toContain('hub')
    expect((await throughTunnel().call('hello', {})).name).toBe('node-1')
  })

  test('survives a hub that is away for a while', async () => {
    await world.sshd.stop()
    expect((await until('waiting'))?.lastError).toMatch(/nothing listens|closed/)
    await world.sshd.restart()
    expect(await until('connected')).not.toBeNull()
  })

  test('of a daemon that was killed is gone with it', async () => {
    expect(await until('connected')).not.toBeNull()
    const record = path.join(appliancePaths(world.appliance.dataDir).control, 'process.json')
    const ssh = await readProcess(record)
    if (!ssh) throw new Error('no ssh on record')
    expect(await isAlive(ssh)).toBe(true)
    await world.appliance.end('SIGKILL')
    expect(await waitFor(async () => !(await isAlive(ssh)), { deadlineMs: 5000 })).toBe(true)
    await world.appliance.restart()
    expect(await until('connected')).not.toBeNull()
  })

  test('goes away when the hub leaves the settings', async () => {
    await world.appliance.configure((config) => ({ ...config, hub: null }))
    expect((await until('waiting'))?.lastError).toContain('no hub')
  })
})

/** @module-tag long */
import { setMaxListeners } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appliancePaths } from '#appliance/config.ts'
import { readConfig } from '#appliance/config-file.ts'
import { examine } from '#appliance/doctor/doctor.ts'
import { enrol } from '#appliance/enrol/enrol.ts'
import { waitFor } from '#lib/async/wait.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { readAuthorizedKeys } from '#server/drivers/ssh/driver.ts'
import { makeKey, openTunnel, type SshTarget } from '#server/drivers/testing/ssh.ts'
import { addImageVm } from '../world/appliance.ts'
import { requestOf, serveDoor, startEnrolled, startEnrolling } from '../world/enrolling.ts'
import { testDirectory } from '../world/files.ts'
import { copying } from '../world/proof.ts'
import { expectNoReach, keyAt, reach } from '../world/reach.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { type Stack, startStack } from '../world/stack.ts'

const MIB = 1024 * 1024
const actor = { userId: null }
const made = new AsyncDisposableStack()
let stack: Stack
let directory: string
let target: SshTarget
beforeAll(async () => {
  directory = made.use(await testDirectory('enrol')).path
  stack = made.use(await startStack())
  const {
    sshHost: host,
    sshPort: port,
    sshUser: user,
    hostKey,
  } = await stack.services.appliances.howToJoin(stack.applianceId)
  target = { host, port, user, hostKey }
})
afterEach(async () => {
  expect(await stack.leaks()).toEqual([])
})
afterAll(() => made.disposeAsync())

const dataDirOf = (name: string) => path.join(directory, name)
let apiPort = 19_000
const enrolling = (name: string, hub: URL, code: string, signal?: AbortSignal) =>
  startEnrolling({ dataDir: dataDirOf(name), name, hub, code, apiPort: apiPort++, signal })
const requested = (id: string) => requestOf(stack.services, id)

const startDaemonOf = async (name: string) => void made.use(await startEnrolled(name, dataDirOf(name), directory))

const stateOf = async (id: string) => (await stack.services.appliances.get(id)).state

it('two appliances enrol at once, each by its own code; nothing secret travels or is stored', async () => {
  await using door = await serveDoor(stack.services.enrolmentDoor)
  const offers = await Promise.all([stack.services.enrolments.offer(actor), stack.services.enrolments.offer(actor)])
  const sides = offers.map(({ code }, i) => enrolling(`node-${i + 2}`, door.url, code))
  for (const [i, { enrolment }] of offers.entries()) {
    const { request } = await requested(enrolment.id)
    const publicKey = await readFile(appliancePaths(dataDirOf(`node-${i + 2}`)).controlPublicKey, 'utf8')
    expect(request).toMatchObject({ name: `node-${i + 2}`, address: '192.0.2.7', replaces: null })
    expect(await waitFor(() => sides[i]?.said.join().includes(request.fingerprint), { deadlineMs: 5000 })).toBe(true)
    // Before anybody decided, its key is not let in.
    expect((await readAuthorizedKeys(stack.env.paths.ssh)).join()).not.toContain(publicKey.split(' ')[1])
  }
  const [first, second] = await Promise.all(
    offers.map(({ enrolment }, i) =>
      stack.services.enrolments.approve({ id: enrolment.id, name: `node-${i + 2}` }, actor),
    ),
  )
  const joined = await Promise.all(sides.map(({ done }) => done))
  expect(new Set(joined.map(({ apiPort }) => apiPort)).size).toBe(2)
  expect(joined.map(({ hostKey }) => hostKey)).toEqual([target.hostKey, target.hostKey])

  const tokens = await Promise.all([2, 3].map((i) => readFile(appliancePaths(dataDirOf(`node-${i}`)).apiToken, 'utf8')))
  expect((await stat(appliancePaths(dataDirOf('node-2')).apiToken)).mode & 0o777).toBe(0o600)
  const rows =
    JSON.stringify(await stack.hub.prisma.enrolment.findMany()) +
    JSON.stringify(await stack.hub.prisma.event.findMany({ select: { data: true } }))
  const commands = JSON.stringify(await stack.hub.prisma.command.findMany())
  for (const secret of [...tokens.map((token) => token.trim()), ...offers.map(({ code }) => code)])
    for (const text of [door.bodies.join('\n'), rows, commands]) expect(text).not.toContain(secret)

  await Promise.all([startDaemonOf('node-2'), startDaemonOf('node-3')])
  const online = async () => {
    const states = await Promise.all([first, second].map((row) => stateOf(row?.applianceId ?? '')))
    return states.every((state) => state === 'online')
  }
  expect(await waitFor(online, { deadlineMs: 45_000, everyMs: 50 }), await stack.logs()).toBe(true)
  const wrong = (await examine(dataDirOf('node-3'))).filter(({ outcome }) => outcome === 'failed')
  expect(wrong, 'what doctor finds').toEqual([])
})

describe('a code', () => {
  const codeIs = async (state: string, id: string) =>
    expect((await stack.services.enrolments.list()).find((one) => one.id === id)?.state).toBe(state)

  it('that is wrong, used, withdrawn or old gets one and the same answer', async () => {
    await using door = await serveDoor(stack.services.enrolmentDoor)
    const { enrolments } = stack.services
    const [used, withdrawn, old] = [
      await enrolments.offer(actor),
      await enrolments.offer(actor),
      await enrolments.offer(actor),
    ]
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const waiting = enrolling('waiting', door.url, used.code, stop.signal)
    await requested(used.enrolment.id)
    stop.abort()
    await expect(waiting.done).rejects.toThrow()
    await enrolments.withdraw(withdrawn.enrolment.id, actor)
    await stack.hub.prisma.enrolment.update({
      where: { id: old.enrolment.id },
      data: { expiresAt: new Date(Date.now() - 1) },
    })
    const answers = await Promise.all(
      [used, withdrawn, old].map(({ code }, i) =>
        enrolling(`late-${i}`, door.url, code).done.catch((error) => error.problem),
      ),
    )
    expect(answers[0]).toMatchObject({ code: 'forbidden' })
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    await codeIs('expired', old.enrolment.id)
    await codeIs('withdrawn', withdrawn.enrolment.id)

    // Who was cut off waits on without a code; and hears that it was rejected.
    const again = enrol({
      ...{ dataDir: dataDirOf('waiting'), hub: null, name: 'waiting', listenHost: null, apiPort: null },
      ...{ code: { given: false, read: async () => expect.unreachable() }, say: () => undefined },
      signal: new AbortController().signal,
    })
    await enrolments.reject(used.enrolment.id, actor)
    await expect(again).rejects.toMatchObject({
      problem: { code: 'forbidden', happened: expect.stringContaining('rejected') },
    })
    await expect(enrolments.approve({ id: used.enrolment.id, name: 'x' }, actor)).rejects.toMatchObject({
      problem: { code: 'conflict' },
    })
    expect((await readConfig(appliancePaths(dataDirOf('waiting')).config)).hub).toBeNull()
  })

  it('is no use to who stands between: another hub is refused, and so is an answer that was changed', async () => {
    const stranger = await makeKey(directory, 'stranger')
    const offer = await stack.services.enrolments.offer(actor)
    const other = stranger.publicKey.split(' ').slice(0, 2).join(' ')
    await using wrong = await serveDoor(stack.services.enrolmentDoor, (question, answer) =>
      question === 'challenge' ? { ...answer, hostKey: other } : answer,
    )
    const refused = { problem: { code: 'forbidden', happened: expect.stringContaining('is not the hub') } }
    await expect(enrolling('misled', wrong.url, offer.code).done).rejects.toMatchObject(refused)
    expect(wrong.bodies.join()).not.toContain('publicKey')
    await codeIs('offered', offer.enrolment.id)

    await using changed = await serveDoor(stack.services.enrolmentDoor, (question, answer) => {
      if (question !== 'status' || !('grant' in answer)) return answer
      const grant = answer.grant as { sealed: string }
      return { ...answer, grant: { ...grant, sealed: `A${grant.sealed.slice(1)}B` } }
    })
    const side = enrolling('changed', changed.url, offer.code)
    await requested(offer.enrolment.id)
    const { applianceId } = await stack.services.enrolments.approve({ id: offer.enrolment.id, name: 'changed' }, actor)
    await expect(side.done).rejects.toMatchObject({ problem: { happened: expect.stringContaining('not signed') } })
    await stack.services.appliances.revoke(applianceId ?? '', actor)
  })

  it('is guessed by nobody: who fails too often is told to wait', async () => {
    const { enrolmentDoor } = stack.services
    const guess = () => enrolmentDoor.challenge({ codeKey: 'A'.repeat(43), nonce: 'A'.repeat(43) }, '198.51.100.9')
    for (let i = 0; i < 20; i++) await expect(guess()).rejects.toMatchObject({ problem: { code: 'forbidden' } })
    await expect(guess()).rejects.toThrow('too many')
  })
})

it('an enrolled appliance reaches its own port and nothing else; revoked, it and its backup are out at once; a new code brings it back', {
  tags: ['long'],
}, async () => {
  const rows = await stack.services.appliances.list()
  const [one, two] = ['node-1', 'node-2'].map((name) => rows.find((row) => row.name === name))
  if (!one || !two) throw new Error('the appliances are not there')
  const disk = await makeRawDisk(path.join(directory, 'slow.raw'), {
    sizeBytes: 64 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 60 * MIB }],
  })
  await using slow = await serveSlowly(disk.path, directory, '24M')
  // Node-2 has a backup under way, and so has node-1: neither reaches the other's exports.
  await addImageVm(dataDirOf('node-2'), { ref: 'two', name: 'two', disks: [{ key: 2000, url: slow.url }] })
  await stack.services.vms.refresh(two.id)
  const vm = await stack.hub.prisma.virtualMachine.findFirstOrThrow({ where: { ref: 'two' } })
  const own = await stack.addVm({ name: 'own', disks: [{ key: 2000, url: slow.url }] })
  const [job, ownJob] = [await stack.backUp(vm.id), await stack.backUp(own.id)]
  await Promise.all([job, ownJob].map(({ id }) => copying(stack, id, 45_000)))
  await slow.setRate('4M')
  const exportOf = async (id: string) => (await stack.services.backups.get(id)).disks[0]?.hubPort ?? 0
  const [exportTwo, exportOne] = [await exportOf(job.id), await exportOf(ownJob.id)]
  const paths = appliancePaths(dataDirOf('node-2'))
  const [control, dataKey] = [paths.controlKey, path.join(paths.job(job.id), 'key')]
  // The neighbour's API and export, the hub's own SSH server, and its own port as somebody who connects to it.
  const ports = [one.apiPort, two.apiPort, exportOne, stack.env.ssh.port]
  const places = [`127.0.0.1:${one.apiPort}`, `0.0.0.0:${two.apiPort}`, path.join(directory, 'socket')]
  await Promise.all([
    expectNoReach(target, control, { ports: [...ports, exportTwo], places }),
    expectNoReach(target, dataKey, { ports, places }),
  ])

  const held = await openTunnel(target, keyAt(control), [])
  await using _held = held
  const sessions = async () => (await stack.services.tunnels.list()).filter(({ applianceId }) => applianceId === two.id)
  expect((await sessions()).map(({ kind }) => kind).toSorted()).toEqual(['control', 'control', 'data'])
  expect(await stack.services.appliances.revoke(two.id, actor)).toMatchObject({ state: 'revoked', connectedAt: null })
  expect(await sessions()).toEqual([])
  expect(await waitFor(async () => !(await held.isAlive()), { deadlineMs: 5000 })).toBe(true)
  for (const key of [control, dataKey]) expect((await reach(target, key, ['-N'])).stderr).toContain('Permission denied')
  expect((await readAuthorizedKeys(stack.env.paths.ssh)).join()).not.toContain(two.id)
  const row = await stack.hub.prisma.appliance.findUniqueOrThrow({ where: { id: two.id } })
  expect([row.enabled, row.apiTokenSealed.length]).toEqual([false, 0])
  await expect(stack.services.appliances.start(two.id, actor)).rejects.toMatchObject({ problem: { code: 'conflict' } })
  expect(await stack.finished(job.id)).toMatchObject({ state: 'cancelled' })
  // The neighbour's went on.
  expect((await stack.peek(ownJob.id)).state).toBe('copying')
  await slow.setRate(null)
  expect(await stack.finished(ownJob.id)).toMatchObject({ state: 'completed' })

  // It comes back by a new code: the same row, its machines, another token, which the daemon that runs takes up by itself.
  await using door = await serveDoor(stack.services.enrolmentDoor)
  const token = await readFile(appliancePaths(dataDirOf('node-2')).apiToken, 'utf8')
  const offer = await stack.services.enrolments.offer(actor)
  const side = enrol({
    ...{ dataDir: dataDirOf('node-2'), hub: door.url, name: 'node-2', listenHost: null, apiPort: null },
    ...{
      code: { given: true, read: async () => offer.code },
      say: () => undefined,
      signal: new AbortController().signal,
    },
  })
  expect((await requested(offer.enrolment.id)).request.replaces).toBe('node-2')
  const { applianceId } = await stack.services.enrolments.approve({ id: offer.enrolment.id, name: 'node-2' }, actor)
  expect(applianceId).toBe(two.id)
  expect((await side).apiPort).toBe(two.apiPort)
  expect(await readFile(appliancePaths(dataDirOf('node-2')).apiToken, 'utf8')).not.toBe(token)
  const online = async () => (await stateOf(applianceId ?? '')) === 'online'
  expect(await waitFor(online, { deadlineMs: 45_000, everyMs: 50 })).toBe(true)
  expect((await stack.services.appliances.get(applianceId ?? '')).vmCount).toBe(1)
})

import { once } from 'node:events'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { signalProcess, stopProcess } from '#lib/process/daemon.ts'
import { isAlive } from '#lib/process/procfs.ts'
import { createImage } from '../image/driver.ts'
import { exportPeers, startExport, stopExport } from '../nbd/driver.ts'
import { isPortFree } from '../port/driver.ts'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import { freePort } from '../testing/port.ts'
import { echoServer, makeKey, openTunnel, ssh, type TestKey, testRunAs } from '../testing/ssh.ts'
import {
  authorizedKeyLine,
  ensureHostKey,
  fingerprint,
  type SshdOptions,
  startSshd,
  writeAuthorizedKeys,
} from './driver.ts'

let made: TestDirectory
let cleanup: AsyncDisposableStack
let options: SshdOptions
let control: TestKey
let data: TestKey
let listenPort: number
let openPort: number

beforeEach(async () => {
  cleanup = new AsyncDisposableStack()
  made = cleanup.use(await testDirectory())
  const dir = path.join(made.path, 'ssh')
  options = { dir, host: '127.0.0.1', port: await freePort(), runAs: await testRunAs(), mark: 'test-sshd' }
  control = await makeKey(made.path, 'control')
  data = await makeKey(made.path, 'data')
  ;[listenPort, openPort] = [await freePort(), await freePort()]
  await allow(true)
})
afterEach(() => cleanup.disposeAsync())

async function allow(both: boolean) {
  const lines = [authorizedKeyLine({ kind: 'control', id: 'a', publicKey: control.publicKey, listenPort })]
  if (both) lines.push(authorizedKeyLine({ kind: 'data', id: 'j', publicKey: data.publicKey, openPorts: [openPort] }))
  await writeAuthorizedKeys(options.dir, lines, options.runAs)
}

async function start(given = options) {
  const sshd = await startSshd(given)
  cleanup.defer(() => sshd.stop())
  return sshd
}

const remote = () => ['-R', `127.0.0.1:${listenPort}:127.0.0.1:9`]

describe('sessions', () => {
  it('ends all but the newest of a key, and no other key is touched', async () => {
    const sshd = await start()
    await using other = await openTunnel(sshd, control, remote())
    await using first = await openTunnel(sshd, data, [])
    await using second = await openTunnel(sshd, data, [])
    await using third = await openTunnel(sshd, data, [])
    const key = fingerprint(data.publicKey)
    const before = await sshd.sessions()
    expect(await sshd.endOlderSessionsOf(key)).toBe(2)
    const after = await sshd.sessions()
    expect(after).toHaveLength(2)
    const ofKey = before.filter((session) => session.fingerprint === key)
    const newest = ofKey.toSorted((a, b) => b.since.getTime() - a.since.getTime())[0]
    expect(after.find((session) => session.fingerprint === key)?.pid).toBe(newest?.pid)
    for (const old of [first, second])
      expect(await waitFor(async () => !(await old.isAlive()), { deadlineMs: 5000 })).toBe(true)
    for (const living of [other, third]) expect(await living.isAlive()).toBe(true)
    expect(await sshd.endOlderSessionsOf(key)).toBe(0)
  })

  it('names each login by its key, peer and ports, and ends one without the other', async () => {
    const sshd = await start()
    expect(await sshd.sessions()).toEqual([])
    await using a = await openTunnel(sshd, control, remote())
    await using b = await openTunnel(sshd, data, [])
    const sessions = await sshd.sessions()
    const ofKey = (key: TestKey) => sessions.find((session) => session.fingerprint === fingerprint(key.publicKey))
    expect(sessions).toHaveLength(2)
    expect(ofKey(control)).toMatchObject({
      listenPorts: [listenPort],
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    })
    expect(ofKey(data)).toMatchObject({ listenPorts: [] })
    for (const { since } of sessions) expect(Math.abs(Date.now() - since.getTime())).toBeLessThan(30_000)

    const session = ofKey(control)
    if (!session) throw new Error('no session')
    expect(await sshd.endSession(session)).toBe(true)
    expect(await isPortFree('127.0.0.1', listenPort)).toBe(true)
    expect(await isAlive(session)).toBe(false)
    expect(await sshd.endSession(session)).toBe(false)
    expect(await waitFor(async () => !(await a.isAlive()), { deadlineMs: 5000 })).toBe(true)
    expect((await sshd.sessions()).map((left) => left.fingerprint)).toEqual([fingerprint(data.publicKey)])
    expect(await b.isAlive()).toBe(true)
  })

  it('stop is bounded when neither listener nor session answers: both are gone and their ports free', async () => {
    const sshd = await start()
    await using a = await openTunnel(sshd, control, remote())
    const [session] = await sshd.sessions()
    if (!session) throw new Error('no session')
    await signalProcess(session, 'SIGSTOP', false)
    await signalProcess(sshd.identity, 'SIGSTOP', false)
    const began = performance.now()
    await sshd.stop()
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(await Promise.all([session, sshd.identity].map(isAlive))).toEqual([false, false])
    expect(await isPortFree('127.0.0.1', options.port)).toBe(true)
    expect(await isPortFree('127.0.0.1', listenPort)).toBe(true)
    expect(await waitFor(async () => !(await a.isAlive()), { deadlineMs: 5000 })).toBe(true)
  })

  it('an unfinished connection is no session', async () => {
    const sshd = await start()
    const socket = connect({ host: '127.0.0.1', port: options.port })
    cleanup.defer(() => void socket.destroy())
    await once(socket, 'data')
    expect(await sshd.sessions()).toEqual([])
  })

  it('ends one whose peer no longer answers, so that the next login gets its port', async () => {
    const sshd = await start()
    await using a = await openTunnel(sshd, control, remote())
    await signalProcess(a.process, 'SIGSTOP')
    const refused = await ssh(sshd, control, ['-N', ...remote()])
    expect(refused.stderr).toContain('remote port forwarding failed')
    expect(await sshd.endSessionsOf(fingerprint(control.publicKey))).toBe(1)
    await using b = await openTunnel(sshd, control, remote())
    expect(await b.isAlive()).toBe(true)
    await signalProcess(a.process, 'SIGKILL')
  })

  it('revoked: no new login, and the live one is dead with its forwards', async () => {
    const sshd = await start()
    const echo = cleanup.use(await echoServer())
    openPort = echo.port
    await allow(true)
    const local = await freePort()
    await using tunnel = await openTunnel(sshd, data, ['-L', `127.0.0.1:${local}:127.0.0.1:${openPort}`])
    const socket = connect({ host: '127.0.0.1', port: local })
    cleanup.defer(() => void socket.destroy())
    socket.write('x')
    await once(socket, 'data')

    await allow(false)
    socket.write('still works: permissions freeze at login')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    expect(await sshd.endSessionsOf(fingerprint(data.publicKey))).toBe(1)
    await closed
    expect(await waitFor(async () => !(await tunnel.isAlive()), { deadlineMs: 5000 })).toBe(true)
    expect(await ssh(sshd, data, ['-N'])).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('denied') })
    expect(await sshd.endSessionsOf(fingerprint(data.publicKey))).toBe(0)
  })

  it('a data session’s end cuts its connections to qemu-nbd; every peer of qemu-nbd is our sshd', async () => {
    const sshd = await start()
    const image = path.join(made.path, 'disk.qcow2')
    const dir = path.join(made.path, 'exports')
    await mkdir(dir)
    await createImage(image, 1024 * 1024)
    const spec = { imagePath: image, dir, exportName: 'vm-disk-1', host: '127.0.0.1', port: openPort } as const
    const live = await startExport({ ...spec, format: 'qcow2', readOnly: false, mark: 'm', deadlineMs: 10_000 })
    cleanup.defer(async () => void (await stopExport({ ...spec, ...live })))
    const local = await freePort()
    await using _tunnel = await openTunnel(sshd, data, ['-L', `127.0.0.1:${local}:127.0.0.1:${openPort}`])
    const client = connect({ host: '127.0.0.1', port: local })
    cleanup.defer(() => void client.destroy())
    await once(client, 'data')
    const peers = await exportPeers(openPort)
    expect(peers.map(({ owners }) => owners.map(({ command }) => command))).toEqual([['sshd']])
    const [session] = await sshd.sessions()
    expect(session && (await sshd.endSession(session))).toBe(true)
    expect(await waitFor(async () => (await exportPeers(openPort)).length === 0, { deadlineMs: 2000 })).toBe(true)
    expect(await isAlive(live.identity)).toBe(true)
  })
})

describe('the listener', () => {
  it('is adopted with its sessions; other settings replace it; stop leaves nothing', async () => {
    const first = await start()
    expect(first.adopted).toBe(false)
    await using a = await openTunnel(first, control, remote())
    const second = await startSshd(options)
    expect(second).toMatchObject({ adopted: true, identity: first.identity, hostKey: first.hostKey, exited: null })
    expect((await second.sessions()).map((session) => session.fingerprint)).toEqual([fingerprint(control.publicKey)])

    const third = await start({ ...options, port: await freePort() })
    expect(third.adopted).toBe(false)
    expect(await isAlive(first.identity)).toBe(false)
    expect(third.hostKey).toBe(first.hostKey)
    await using b = await openTunnel(third, data, [])
    await third.stop()
    expect(await third.isAlive()).toBe(false)
    expect(await isPortFree('127.0.0.1', third.port)).toBe(true)
    expect(await waitFor(async () => !(await a.isAlive()) && !(await b.isAlive()), { deadlineMs: 5000 })).toBe(true)
  })

  it('sessions of one that was killed are still known, and can be ended', async () => {
    const first = await start()
    await using _tunnel = await openTunnel(first, control, remote())
    await stopProcess(first.identity, 0)
    const second = await start()
    expect(second.adopted).toBe(false)
    expect((await second.sessions()).map((session) => session.listenPorts)).toEqual([[listenPort]])
    expect(await second.endSessionsOf(fingerprint(control.publicKey))).toBe(1)
    expect(await isPortFree('127.0.0.1', listenPort)).toBe(true)
  })

  it('a port that is taken is named', async () => {
    const echo = cleanup.use(await echoServer())
    await expect(startSshd({ ...options, port: echo.port })).rejects.toMatchObject({
      problem: { code: 'no_free_port', happened: expect.stringContaining(`:${echo.port}`) },
    })
  })

  it('its files belong to whom they should, and are made once', async () => {
    const key = await ensureHostKey(options.dir, options.runAs)
    const sshd = await start()
    expect(sshd.hostKey).toBe(key)
    expect(key).toMatch(/^ssh-ed25519 \S+$/)
    const names = ['authorized_keys', 'host_ed25519', 'sshd.log', 'sshd_config']
    expect((await readdir(options.dir)).toSorted()).toEqual(names)
    for (const name of names) {
      const { mode, uid, gid } = await stat(path.join(options.dir, name))
      const own = { mode: 0o600, uid: process.getuid?.(), gid: process.getgid?.() }
      const lent = options.runAs && { mode: 0o640, uid: 0, gid: options.runAs.gid }
      const log = options.runAs && { mode: 0o600, uid: options.runAs.uid, gid: options.runAs.gid }
      expect({ mode: mode & 0o777, uid, gid }, name).toEqual((name === 'sshd.log' ? log : lent) ?? own)
    }
    const listener = await readFile(`/proc/${sshd.identity.pid}/status`, 'utf8')
    expect(Number(/^Uid:\s+(\d+)/m.exec(listener)?.[1])).not.toBe(0)
  })

  it.runIf(process.getuid?.() === 0)('never runs as root', async () => {
    await expect(startSshd({ ...options, runAs: null })).rejects.toThrow(/must not run as root/)
    await expect(startSshd({ ...options, runAs: { user: 'root', uid: 0, gid: 0 } })).rejects.toThrow(/as root/)
  })
})

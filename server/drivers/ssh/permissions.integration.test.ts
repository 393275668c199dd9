import { access } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import { freePort } from '../testing/port.ts'
import { type EchoServer, echoServer, makeKey, openTunnel, ssh, type TestKey, testRunAs } from '../testing/ssh.ts'
import { authorizedKeyLine, fingerprint, type Sshd, startSshd, writeAuthorizedKeys } from './driver.ts'

let made: TestDirectory
let sshd: Sshd
let control: TestKey
let data: TestKey
let stranger: TestKey
let listenPort: number
let mine: EchoServer
let other: EchoServer

beforeAll(async () => {
  made = await testDirectory()
  const runAs = await testRunAs()
  const dir = path.join(made.path, 'hub ssh')
  ;[control, data, stranger] = await Promise.all([
    makeKey(made.path, 'control'),
    makeKey(made.path, 'data'),
    makeKey(made.path, 'stranger'),
  ])
  ;[mine, other] = await Promise.all([echoServer(), echoServer()])
  listenPort = await freePort()
  await writeAuthorizedKeys(
    dir,
    [
      authorizedKeyLine({ kind: 'control', id: 'a', publicKey: control.publicKey, listenPort }),
      authorizedKeyLine({ kind: 'data', id: 'j', publicKey: data.publicKey, openPorts: [mine.port] }),
    ],
    runAs,
  )
  sshd = await startSshd({ dir, host: '127.0.0.1', port: await freePort(), runAs, mark: 'test-sshd' })
})
afterAll(async () => {
  await sshd.stop()
  await Promise.all([mine, other].map((server) => server[Symbol.asyncDispose]()))
  await made[Symbol.asyncDispose]()
})

/** What came back through a connection to the port when "hello" went in. */
async function echoed(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.end('hello')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await closed(socket)
  return text
}

/** Closed, be it by a reset (which events.once would throw). */
const closed = (socket: Socket) =>
  new Promise((resolve) =>
    socket
      .on('error', () => undefined)
      .once('close', resolve)
      .resume(),
  )

it('fingerprints agree with ssh-keygen', async () => {
  const { stdout } = await run('ssh-keygen', ['-lf', `${control.file}.pub`])
  expect(stdout.split(' ')[1]).toBe(fingerprint(control.publicKey))
})

it('an unknown key and a wrong host key are refused', async () => {
  expect(await ssh(sshd, stranger, ['-N'])).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('denied') })
  const wrong = { ...sshd, hostKey: stranger.publicKey.split(' ').slice(0, 2).join(' ') }
  expect(await ssh(wrong, control, ['-N'])).toMatchObject({
    exitCode: 255,
    stderr: expect.stringContaining('Host key verification failed'),
  })
})

it('the control key gets its port, and bytes come through it', async () => {
  await using _tunnel = await openTunnel(sshd, control, ['-R', `127.0.0.1:${listenPort}:127.0.0.1:${mine.port}`])
  expect(await echoed(listenPort)).toBe('hello')
})

it('the data key gets its port, and bytes come through it', async () => {
  const local = await freePort()
  await using _tunnel = await openTunnel(sshd, data, ['-L', `127.0.0.1:${local}:127.0.0.1:${mine.port}`])
  expect(await echoed(local)).toBe('hello')
})

describe.each([
  ['control', () => control],
  ['data', () => data],
] as const)('the %s key gets nothing else:', (kind, key) => {
  it('no command, shell, sftp or terminal', async () => {
    const marker = path.join(made.path, `made-by-${kind}`)
    for (const [args, more] of [
      [[], ['touch', marker]],
      [['-T'], []],
      [['-tt'], ['touch', marker]],
      [['-s'], ['sftp']],
    ] as const) {
      const result = await ssh(sshd, key(), [...args], [...more], `touch ${marker}\n`)
      expect(result.exitCode).toBe(255)
      expect(result.stdout).toBe('')
    }
    await expect(access(marker)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('no other port to listen on, no other address', async () => {
    const port = await freePort()
    const own = kind === 'control' ? [] : [`127.0.0.1:${listenPort}`, '127.0.0.1:1', 'nowhere.invalid:1', '127.0.0.1:0']
    const specs = [
      `127.0.0.1:${port}`,
      `${port}`,
      `0.0.0.0:${port}`,
      `*:${port}`,
      `[::1]:${port}`,
      `localhost:${port}`,
      '0',
    ]
    for (const spec of [...specs, `0.0.0.0:${listenPort}`, `*:${listenPort}`, ...own]) {
      const result = await ssh(sshd, key(), ['-N', '-R', `${spec}:127.0.0.1:${mine.port}`])
      expect(result.timedOut, spec).toBe(false)
      expect(result.stderr, spec).toContain('remote port forwarding failed')
    }
    const socket = path.join(made.path, 'socket')
    const unix = await ssh(sshd, key(), ['-N', '-R', `${socket}:127.0.0.1:${mine.port}`])
    expect(unix.stderr).toContain('remote port forwarding failed')
    await expect(access(socket)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('no other target: by address, by name, by proxy, by unix socket', async () => {
    const before = [mine.seen(), other.seen()]
    const targets = [
      `127.0.0.1:${other.port}`,
      `localhost:${other.port}`,
      `127.0.0.1:${sshd.port}`,
      'nowhere.invalid:1',
    ]
    const own = [
      `localhost:${mine.port}`,
      `0.0.0.0:${mine.port}`,
      ...(kind === 'control' ? [`127.0.0.1:${mine.port}`] : []),
    ]
    for (const target of [...targets, ...own]) {
      const result = await ssh(sshd, key(), ['-W', target])
      expect(result.exitCode, target).toBe(255)
      expect(result.stderr, target).toMatch(/prohibited|forwarding failed/)
    }
    const [local, proxy] = [await freePort(), await freePort()]
    const forwards = ['-L', `127.0.0.1:${local}:/run/dbus/system_bus_socket`, '-D', `127.0.0.1:${proxy}`]
    await using _tunnel = await openTunnel(sshd, key(), forwards)
    expect(await echoed(local)).toBe('')
    const socks = connect({ host: '127.0.0.1', port: proxy })
    // RFC 1928: version 5, no authentication; CONNECT to 127.0.0.1 and the other server's port.
    socks.write(Buffer.of(5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, other.port >> 8, other.port & 255))
    await closed(socks)
    expect([mine.seen(), other.seen()]).toEqual(before)
  })
})

it('what needs no client to prove: sshd understood its settings as meant', async () => {
  const config = path.join(made.path, 'hub ssh', 'sshd_config')
  const runAs = await testRunAs()
  const as = runAs ? { uid: runAs.uid, gid: runAs.gid } : {}
  const { stdout } = await run('sshd', ['-T', '-f', config], { cwd: made.path, ...as })
  const settings = stdout.split('\n')
  for (const setting of [
    'permittunnel no',
    'allowagentforwarding no',
    'x11forwarding no',
    'allowstreamlocalforwarding no',
    'gatewayports no',
    'permittty no',
    'permituserrc no',
    'permituserenvironment no',
    'passwordauthentication no',
    'kbdinteractiveauthentication no',
    'usepam no',
    'strictmodes yes',
    'maxsessions 0',
    'forcecommand /bin/false',
    'permitopen 127.0.0.1:*',
    'permitlisten 127.0.0.1:*',
    'clientaliveinterval 5',
    'clientalivecountmax 3',
    'logingracetime 20',
    `allowusers ${sshd.user}`,
  ])
    expect(settings).toContain(setting)
  expect(stdout).toMatch(/^ciphers aes128-gcm@openssh\.com,aes256-gcm@openssh\.com,chacha20-poly1305@openssh\.com$/m)
  expect(stdout).not.toMatch(/^subsystem/m)
})

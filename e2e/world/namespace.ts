import { readlink } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { run } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'

const HUB = '10.77.0.1'
const FIRST = '10.77.0.2'
const RELAY_PORT = 2222

/** Carries TCP that arrives in a namespace to a unix socket, which knows no namespaces. */
const RELAY = `
  const net = require('node:net')
  const [host, port, socket] = process.argv.slice(1)
  net.createServer({ allowHalfOpen: true }, (from) => {
    const to = net.connect({ path: socket, allowHalfOpen: true })
    from.pipe(to).pipe(from)
    for (const each of [from, to]) each.on('error', () => { from.destroy(); to.destroy() })
  }).listen(Number(port), host)
`

/** A network of its own for an appliance, joined to the hub's sshd by one link that a test can cut. */
export interface ApplianceNetwork extends AsyncDisposable {
  /** Words before a command that is to run in it. */
  enter: readonly string[]
  /** The hub's SSH server as it is seen from there. */
  sshHost: string
  sshPort: number
  /** From now on every packet is lost; nobody is told (no FIN, no RST). */
  cut(): Promise<void>
  mend(): Promise<void>
  /** Both ways: no more than so much a second; what does not fit into the queue is lost. null: as before. */
  shape(limits: { bitsPerSecond: number; queueBytes: number } | null): Promise<void>
  /** Gives the appliance another address: what came from the old one is never heard of again. */
  changeAddress(): Promise<void>
}

async function command(words: readonly string[]): Promise<void> {
  const [program = '', ...args] = words
  const result = await run(program, args, { timeoutMs: 10_000 })
  if (!result.ok) throw new Error(`${words.join(' ')}: ${result.stderr}${result.timedOut ? 'timed out' : ''}`)
}

const namespaceOf = (pid: number | 'self') => readlink(`/proc/${pid}/ns/net`).catch(() => '')

/**
 * Two network namespaces with a veth pair, in a user namespace: needs no root. Unix sockets are the only way out.
 * @param hubPort where the hub's sshd listens on the host's 127.0.0.1
 * @throws Error with the reason when this machine allows no user or network namespaces
 */
export async function applianceNetwork(directory: string, hubPort: number, mark: string): Promise<ApplianceNetwork> {
  await using made = new AsyncDisposableStack()
  const logFile = path.join(directory, 'namespace.log')
  const start = async (words: readonly string[]): Promise<Daemon> => {
    const [program = '', ...args] = words
    const daemon = await startDaemon(program, args, { logFile, mark })
    made.defer(async () => {
      await stopProcess(daemon, 500)
    })
    return daemon
  }
  /** @param outside  namespaces that it stands in on its way */
  const holder = async (words: readonly string[], outside: readonly string[]): Promise<number> => {
    const daemon = await start([...words, 'sleep', '86400'])
    const there = async () => {
      const own = await namespaceOf(daemon.pid)
      return own !== '' && !outside.includes(own)
    }
    const ready = await waitFor(there, { deadlineMs: 5000 })
    if (!ready) throw new Error(`this machine allows no network namespaces: ${(await tailFile(logFile)).join('\n')}`)
    return daemon.pid
  }
  const inside = (pid: number) => ['nsenter', '-t', String(pid), '-U', '-n', '--preserve-credentials']

  const host = await namespaceOf('self')
  const hubSide = await holder(['unshare', '-Urn'], [host])
  const atHub = inside(hubSide)
  const nodeSide = await holder([...atHub, 'unshare', '-n'], [host, await namespaceOf(hubSide)])
  const atNode = inside(nodeSide)
  await command([...atHub, ...'ip link add hub type veth peer name node netns'.split(' '), String(nodeSide)])
  for (const [at, device, address] of [
    [atHub, 'hub', HUB],
    [atNode, 'node', FIRST],
  ] as const) {
    await command([...at, 'ip', 'link', 'set', 'lo', 'up'])
    await command([...at, 'ip', 'address', 'add', `${address}/24`, 'dev', device])
    await command([...at, 'ip', 'link', 'set', device, 'up'])
  }

  const socket = path.join(directory, 'sshd.sock')
  const server = net.createServer({ allowHalfOpen: true }, (from) => {
    const to = net.connect({ host: '127.0.0.1', port: hubPort, allowHalfOpen: true })
    from.pipe(to).pipe(from)
    for (const each of [from, to])
      each.on('error', () => {
        from.destroy()
        to.destroy()
      })
  })
  server.listen(socket)
  made.defer(() => void server.close())
  await start([...atHub, process.execPath, '-e', RELAY, HUB, String(RELAY_PORT), socket])
  let address = FIRST
  const owned = made.move()
  return {
    enter: atNode,
    sshHost: HUB,
    sshPort: RELAY_PORT,
    cut: () => command([...atHub, 'ip', 'link', 'set', 'hub', 'down']),
    mend: () => command([...atHub, 'ip', 'link', 'set', 'hub', 'up']),
    shape: async (limits) => {
      for (const [at, device] of [
        [atHub, 'hub'],
        [atNode, 'node'],
      ] as const) {
        const root = [...at, 'tc', 'qdisc', limits ? 'replace' : 'del', 'dev', device, 'root']
        // Segments as large as the card would cut them are larger than a bucket.
        if (limits) await command([...at, 'ip', 'link', 'set', device, 'gso_max_size', '1600'])
        await command(
          limits
            ? [...root, 'tbf', 'rate', `${limits.bitsPerSecond}bit`, 'burst', '3200', 'limit', `${limits.queueBytes}`]
            : root,
        )
        if (!limits) await command([...at, 'ip', 'link', 'set', device, 'gso_max_size', '65536'])
      }
    },
    changeAddress: async () => {
      const next = `10.77.0.${Number(address.split('.').at(-1)) + 1}`
      await command([...atNode, 'ip', 'address', 'del', `${address}/24`, 'dev', 'node'])
      await command([...atNode, 'ip', 'address', 'add', `${next}/24`, 'dev', 'node'])
      address = next
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

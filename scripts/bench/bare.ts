import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { serveDisk } from '#appliance/nbdkit/serve.ts'
import { openDataTunnel } from '#appliance/tunnel/data.ts'
import { makeKeyPair } from '#appliance/tunnel/keys.ts'
import { stopProcess } from '#lib/process/daemon.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { createImage } from '#server/drivers/image/driver.ts'
import { startExport, stopExport } from '#server/drivers/nbd/driver.ts'
import { authorizedKeyLine, startSshd, writeAuthorizedKeys } from '#server/drivers/ssh/driver.ts'

/** Copies without the product: the same tools with the same arguments, and nothing around them. */
export interface Bare {
  /** @returns seconds from the start of the copier until it has flushed */
  copy(way: 'tunnel' | 'direct'): Promise<number>
  convert(): Promise<number>
}

export interface BareOptions {
  /** A directory of its own on the file system that is measured. */
  directory: string
  source: { path: string; sizeBytes: number }
  /** Ports nobody else uses. */
  ports: { ssh: number; export: number }
  runAs: { user: string; uid: number; gid: number } | null
}

const failed = { code: 'internal' as const, happened: 'A tool of the benchmark failed' }
const MARK = 'sendense-bench'

/** libnbd's copier at its best for data without holes: large requests, and no more connections than cores, at least two. */
function nbdcopyArgs(source: string, target: string): string[] {
  const connections = Math.min(4, Math.max(2, availableParallelism()))
  return [
    ...['--flush', '--destination-is-zero', '--sparse=65536', '--request-size=1048576'],
    ...[`--connections=${connections}`, `--threads=${connections}`, source, target],
  ]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Writes what the last copy left in the cache, so that it does not slow the next one. */
export async function settle(directory: string): Promise<void> {
  await runOrThrow('sync', ['-f', directory], failed, { timeoutMs: 300_000 })
}

export async function createBare(options: BareOptions): Promise<Bare> {
  const { directory, source, ports } = options
  await mkdir(directory, { recursive: true })
  const image = path.join(directory, 'bare.qcow2')
  const exportName = 'bench-disk-2000'

  async function withTunnel<T>(use: (host: string, port: number) => Promise<T>): Promise<T> {
    await using stack = new AsyncDisposableStack()
    const dir = path.join(directory, 'ssh')
    const sshd = await startSshd({ dir, host: '127.0.0.1', port: ports.ssh, runAs: options.runAs, mark: MARK })
    stack.defer(() => sshd.stop())
    const key = path.join(directory, 'key')
    const publicKey = await makeKeyPair(key, 'bench')
    const line = authorizedKeyLine({ kind: 'data', id: 'bench', publicKey, openPorts: [ports.export] })
    await writeAuthorizedKeys(dir, [line], options.runAs)
    const tunnelDirectory = path.join(directory, 'tunnel')
    await mkdir(tunnelDirectory, { recursive: true, mode: 0o700 })
    const hub = {
      sshHost: '127.0.0.1',
      sshPort: ports.ssh,
      sshUser: sshd.user,
      hostKey: sshd.hostKey,
      apiPort: ports.export,
    }
    const { daemon, forwards } = await openDataTunnel({
      directory: tunnelDirectory,
      key,
      mark: MARK,
      hub,
      listenHost: '127.0.0.3',
      keepAliveSeconds: 5,
      hubPorts: [ports.export],
      onStarted: async () => {},
      signal: new AbortController().signal,
    })
    stack.defer(async () => void (await stopProcess(daemon, 2000)))
    const [forward] = forwards
    if (!forward) throw new Error('one port was asked for')
    return await use(forward.host, forward.port)
  }

  async function copyTo(host: string, port: number): Promise<number> {
    await using disk = await serveDisk({
      access: { plugin: 'file', path: source.path, identity: null },
      name: 'bench',
      cwd: directory,
      mark: MARK,
      what: 'the disk of the benchmark',
    })
    const args = nbdcopyArgs(disk.url, `nbd://${host}:${port}/${exportName}`)
    return await timed(() => runOrThrow('nbdcopy', args, failed, { cwd: directory, timeoutMs: 600_000 }))
  }

  return {
    async copy(way) {
      await rm(image, { force: true })
      await createImage(image, source.sizeBytes)
      await settle(directory)
      const spec = { imagePath: image, format: 'qcow2', exportName, host: '127.0.0.1', port: ports.export } as const
      const running = await startExport({ ...spec, readOnly: false, dir: directory, mark: MARK, deadlineMs: 10_000 })
      try {
        return way === 'direct' ? await copyTo('127.0.0.1', ports.export) : await withTunnel(copyTo)
      } finally {
        await stopExport({ ...running, imagePath: image, dir: directory })
        await rm(image, { force: true })
      }
    },
    async convert() {
      await rm(image, { force: true })
      await settle(directory)
      // Without -t, qemu-img's cache mode is "unsafe": it would not flush, and the others do.
      const args = ['convert', '-t', 'writeback', '-f', 'raw', '-O', 'qcow2', source.path, image]
      const seconds = await timed(() => runOrThrow('qemu-img', args, failed, { timeoutMs: 600_000 }))
      await rm(image, { force: true })
      return seconds
    },
  }
}

import { mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { waitFor } from '#lib/async/wait.ts'
import { startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import { tailFile } from '#lib/process/tail.ts'

/** A file system whose disk is as slow as a test wants, or hangs: whoever writes to it waits in state D. */
export interface SlowStorage extends AsyncDisposable {
  path: string
  /** Bits per second, as nbdkit has it; null: as fast as it can. */
  setRate(rate: string | null): Promise<void>
  /** No request is answered any more. */
  hang(): void
  goOn(): void
}

const failed = { code: 'internal' as const, happened: 'A slow file system for the test could not be set up' }

/** Why {@link mountSlowStorage} cannot work here; null when it can. */
export async function whyNoSlowStorage(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'a loop device needs root'
  for (const device of ['/dev/fuse', '/dev/loop-control'])
    if (!(await stat(device).catch(() => null))) return `there is no ${device}`
  return null
}

/** ext4 on a loop device on nbdfuse on nbdkit's rate filter: the real kernel path of a disk that answers late. Needs root. */
export async function mountSlowStorage(directory: string, bytes: number): Promise<SlowStorage> {
  await using made = new AsyncDisposableStack()
  await mkdir(path.join(directory, 'mnt'), { recursive: true })
  const at = (name: string) => path.join(directory, name)
  await writeFile(at('back'), '')
  await runOrThrow('truncate', ['-s', String(bytes), at('back')], failed)
  const setRate = (rate: string | null) => writeFile(at('rate'), `${rate ?? '1000G'}\n`)
  await setRate(null)
  const daemon = async (program: string, args: string[]) => {
    const started = await startDaemon(program, args, { logFile: at('log'), mark: `${directory}:storage` })
    made.defer(async () => {
      await stopProcess(started, 1000)
    })
    return started
  }
  const need = async (what: string, there: () => Promise<boolean>) => {
    if (!(await waitFor(there, { deadlineMs: 10_000 })))
      throw new Error(`${what}: ${(await tailFile(at('log'))).join('\n')}`)
  }
  const rates = ['burstiness=0.2', 'rate=1000G', `rate-file=${at('rate')}`]
  const server = await daemon('nbdkit', [
    ...['-f', '-U', at('sock'), '-P', at('pid'), '--filter=rate', 'file', at('back'), ...rates],
  ])
  await need('nbdkit does not serve', async () => (await tailFile(at('pid'))).length > 0)
  await writeFile(at('disk'), '')
  await daemon('nbdfuse', [at('disk'), '--unix', at('sock')])
  await need('nbdfuse does not show the disk', async () => (await stat(at('disk'))).size === bytes)
  made.defer(async () => {
    await run('umount', [at('disk')])
  })
  await runOrThrow('mkfs.ext4', ['-q', '-F', at('disk')], failed)
  const loop = (await runOrThrow('losetup', ['-f', '--show', at('disk')], failed)).stdout.trim()
  made.defer(async () => {
    await run('losetup', ['-d', loop])
  })
  await runOrThrow('mount', [loop, at('mnt')], failed)
  made.defer(async () => {
    await run('umount', [at('mnt')])
  })
  const goOn = () => void process.kill(server.pid, 'SIGCONT')
  // First of all on the way out: nothing below ends while it hangs.
  made.defer(async () => {
    goOn()
    await setRate(null)
  })
  const owned = made.move()
  return {
    path: at('mnt'),
    setRate,
    hang: () => void process.kill(server.pid, 'SIGSTOP'),
    goOn,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

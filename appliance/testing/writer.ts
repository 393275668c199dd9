import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { runOrThrow } from '#lib/process/run.ts'

/** Another program, which holds a file open for writing (or mapped so) until disposed, and writes when told. */
export async function startWriter(path: string, how: 'open' | 'mapped' = 'open') {
  const program = [
    'import mmap, os, sys',
    'fd = os.open(sys.argv[1], os.O_RDWR)',
    "m = mmap.mmap(fd, 4096) if sys.argv[2] == 'mapped' else None",
    // The mapping stays when its file is closed; mmap keeps a descriptor of its own, which goes as well.
    "m and [os.close(int(n)) for n in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + n) and os.path.samefile('/proc/self/fd/' + n, sys.argv[1])]",
    "print('open', flush=True)",
    'for line in sys.stdin:',
    "    m.__setitem__(slice(0, 5), b'wrote') if m else os.pwrite(fd, b'wrote', 0)",
    "    print('wrote', flush=True)",
  ].join('\n')
  const child = spawn('python3', ['-c', program, path, how], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    pid: child.pid ?? 0,
    write: async () => {
      child.stdin.write('now\n')
      await once(child.stdout, 'data')
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

const fault = { code: 'internal' as const, happened: 'test' }

/** A loop device over a file until disposed. Wants root. */
export async function loopOver(file: string, ...options: string[]): Promise<{ path: string } & AsyncDisposable> {
  const { stdout } = await runOrThrow('losetup', ['--show', '--find', ...options, file], fault)
  const path = stdout.trim()
  return { path, [Symbol.asyncDispose]: async () => void (await runOrThrow('losetup', ['--detach', path], fault)) }
}

/** Why loop devices cannot be made here; null: they can. */
export async function noLoops(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'loop devices want root'
  return await runOrThrow('losetup', ['--find'], fault).then(
    () => null,
    (error: Error) => error.message,
  )
}

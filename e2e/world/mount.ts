import { mkdir, rm } from 'node:fs/promises'
import { run, runOrThrow } from '#lib/process/run.ts'

/** A small file system of a test's own. */
export interface SmallDisk extends AsyncDisposable {
  path: string
  setReadOnly(readOnly: boolean): Promise<void>
}

const failed = { code: 'internal' as const, happened: 'A file system for the test could not be set up' }

/** Why {@link mountSmallDisk} cannot work here; null when it can. */
export async function whyNoMount(directory: string): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'mounting a small tmpfs needs root'
  const probe = `${directory}.probe`
  await mkdir(probe, { recursive: true })
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'sendense-test', probe])
  if (mounted.ok) await run('umount', [probe])
  await rm(probe, { recursive: true, force: true })
  return mounted.ok ? null : `this host lets nobody mount a tmpfs: ${mounted.report.stderr.at(-1) ?? ''}`
}

/** Mounts a tmpfs of that size at `path`, which is made; dispose unmounts and removes it. */
export async function mountSmallDisk(path: string, bytes: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true })
  await runOrThrow('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'sendense-test', path], failed)
  return {
    path,
    setReadOnly: async (readOnly) => {
      await runOrThrow('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, path], failed)
    },
    [Symbol.asyncDispose]: async () => {
      await runOrThrow('umount', [path], failed)
      await rm(path, { recursive: true, force: true })
    },
  }
}

import { run } from '#lib/process/run.ts'

/** What the appliance needs, with the argument that makes each name its version. */
const tools: readonly [name: string, argument: string][] = [
  ['nbdkit', '--version'],
  ['nbdcopy', '--version'],
  ['nbdinfo', '--version'],
  ['qemu-io', '--version'],
  ['ssh', '-V'],
  ['ss', '-V'],
]

/** The first thing in a tool's version output that looks like a version: `nbdkit 1.32.5`, `OpenSSH_9.2p1 …`, `iproute2-6.1.0`. */
export function parseVersion(text: string): string | null {
  return /\d+(\.\d+)+[A-Za-z0-9]*/.exec(text)?.[0] ?? null
}

/** Name and version of each tool; version null: not installed. */
export function toolVersions(): Promise<{ name: string; version: string | null }[]> {
  return Promise.all(
    tools.map(async ([name, argument]) => {
      const result = await run(name, [argument], { timeoutMs: 10_000 })
      return { name, version: result.notFound ? null : (parseVersion(result.stdout + result.stderr) ?? 'unknown') }
    }),
  )
}

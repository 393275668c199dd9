import { run } from '../process/run.ts'

/** The first thing in a tool's version output that looks like a version: `nbdkit 1.32.5`, `OpenSSH_9.2p1 …`, `iproute2-6.1.0`. */
export function parseVersion(text: string): string | null {
  return /\d+(\.\d+)+[A-Za-z0-9]*/.exec(text)?.[0] ?? null
}

/**
 * Name and version of each tool; version null: not installed.
 * @param tools  name, and the argument that makes it tell its version
 */
export function toolVersions(
  tools: readonly (readonly [name: string, argument: string])[],
): Promise<{ name: string; version: string | null }[]> {
  return Promise.all(
    tools.map(async ([name, argument]) => {
      const result = await run(name, [argument], { timeoutMs: 10_000 })
      return { name, version: result.notFound ? null : (parseVersion(result.stdout + result.stderr) ?? 'unknown') }
    }),
  )
}

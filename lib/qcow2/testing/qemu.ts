import { run } from '../../process/run.ts'

/** One of QEMU's tools; fails loudly. @returns what it printed */
export async function tool(name: 'qemu-img' | 'qemu-io', args: readonly string[]): Promise<string> {
  const { ok, stdout, stderr } = await run(name, args)
  if (!ok) throw new Error(`${name} ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

/** Runs qemu-io commands on a QCOW2 image that may be discarded from. */
export async function qemuIo(image: string, ...commands: string[]): Promise<void> {
  const out = await tool('qemu-io', [
    '-d',
    'unmap',
    '-f',
    'qcow2',
    ...commands.flatMap((command) => ['-c', command]),
    image,
  ])
  // qemu-io ends well when a command fails.
  if (/failed|error|invalid/i.test(out)) throw new Error(`qemu-io ${commands.join('; ')}: ${out}`)
}

/** Where QEMU says that guest data lies in the image's file. */
export async function storedAt(image: string): Promise<{ guest: number; host: number; length: number }[]> {
  const map: { start: number; length: number; data: boolean; offset?: number }[] = JSON.parse(
    await tool('qemu-img', ['map', '--output=json', '-f', 'qcow2', image]),
  )
  return map.flatMap(({ start, length, data, offset }) =>
    data && offset !== undefined ? [{ guest: start, host: offset, length }] : [],
  )
}

import { readdir, readFile, stat } from 'node:fs/promises'

export interface Loop {
  name: string
  /** null: its backing file has no name any more, or cannot be asked. */
  file: { dev: bigint; ino: bigint } | null
  path: string
  readOnly: boolean
}

const text = async (file: string) => (await readFile(file, 'utf8')).trim()

/** Every loop device of this host that has a backing file. @throws when they cannot be listed */
export async function listLoops(): Promise<Loop[]> {
  const names = (await readdir('/sys/block')).filter((name) => /^loop\d+$/.test(name))
  const loops = names.map(async (name): Promise<Loop | null> => {
    let path: string
    try {
      path = await text(`/sys/block/${name}/loop/backing_file`)
    } catch (error) {
      if (['ENOENT', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
      throw error
    }
    const readOnly = (await text(`/sys/block/${name}/ro`)) === '1'
    const found = await stat(path, { bigint: true }).catch(() => null)
    return { name, path, readOnly, file: found && { dev: found.dev, ino: found.ino } }
  })
  return (await Promise.all(loops)).filter((loop) => loop !== null)
}

/** Loop devices, but for the one named, that can write a file; and those of which it cannot be said. */
export function writableLoops(loops: readonly Loop[], file: { dev: bigint; ino: bigint }, except?: string) {
  const others = loops.filter(({ name, readOnly }) => !readOnly && name !== except)
  return {
    over: others.filter((loop) => loop.file?.dev === file.dev && loop.file.ino === file.ino),
    unclear: others.filter((loop) => loop.file === null),
  }
}

import { readFile, rm, writeFile } from 'node:fs/promises'
import { tool } from '../../qcow2/testing/qemu.ts'
import { mapFile, rawLeaves } from './oracle.ts'

/**
 * Writes the map of an image: its content as qemu-img reads it, its digests and its file by the oracle.
 * @returns the map's root
 */
export async function writeMapOf(
  image: string,
  map: string,
  sizeBytes: number,
  isHole?: (leaf: number) => boolean,
): Promise<string> {
  const raw = `${map}.raw`
  await tool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw])
  const content = (await readFile(raw)).subarray(0, sizeBytes)
  await rm(raw)
  const { file, root } = mapFile(rawLeaves(content, isHole), sizeBytes)
  await writeFile(map, file)
  return root
}

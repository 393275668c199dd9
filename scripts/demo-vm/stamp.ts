import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

/** Grows when the demo disks are made another way: what older versions made is then made anew. */
const RECIPE = 1

const diskSchema = z.object({
  key: z.number(),
  label: z.string(),
  path: z.string(),
  sizeBytes: z.number(),
  dataBytes: z.number(),
  mtimeMs: z.number(),
})
const stampSchema = z.object({ recipe: z.literal(RECIPE), wanted: z.string(), disks: z.array(diskSchema) })
export type StampedDisk = z.infer<typeof diskSchema>

const stampPath = (directory: string) => path.join(directory, 'demo-vm.json')

/** The disks of an earlier run, when they were made from the same wish and nobody wrote to them since; else null. */
export async function readStamp(directory: string, wanted: string): Promise<StampedDisk[] | null> {
  try {
    const stamp = stampSchema.parse(JSON.parse(await readFile(stampPath(directory), 'utf8')))
    if (stamp.wanted !== wanted) return null
    for (const disk of stamp.disks) {
      const found = await stat(disk.path)
      if (found.size !== disk.sizeBytes || found.mtimeMs !== disk.mtimeMs) return null
    }
    return stamp.disks
  } catch {
    return null
  }
}

/** Written last: a build that was cut leaves no stamp, and is made anew. */
export async function writeStamp(directory: string, wanted: string, disks: readonly StampedDisk[]): Promise<void> {
  await writeFile(stampPath(directory), `${JSON.stringify({ recipe: RECIPE, wanted, disks }, null, 2)}\n`)
}

export async function removeStamp(directory: string): Promise<void> {
  await rm(stampPath(directory), { force: true })
}

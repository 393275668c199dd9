import { open } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { diskDigestSchema } from '#contracts/proof.ts'
import { DigestError } from '#lib/digests/error.ts'

const MAX_MANIFEST_BYTES = 16 * 1_048_576

/** Of a manifest only this: the rest is its writer's. */
const manifestSchema = z.object({
  disks: z.array(z.object({ image: z.string(), digest: diskDigestSchema.optional() })).max(10_000),
})

export interface NamedRoot {
  manifest: string
  root: string
  /** The image that the manifest names for this map. */
  image: string
}

/**
 * The root that the manifest beside the map names for it.
 * @returns null: there is no manifest, or it does not name this map
 * @throws DigestError `bad_request` when there is one that cannot be read: what it would say is not known
 */
export async function namedRoot(map: string): Promise<NamedRoot | null> {
  const manifest = path.join(path.dirname(path.resolve(map)), 'manifest.json')
  try {
    await using file = await open(manifest, 'r')
    const { size } = await file.stat()
    if (size > MAX_MANIFEST_BYTES) throw new Error(`it has ${size} bytes`)
    const { disks } = manifestSchema.parse(JSON.parse(await file.readFile('utf8')))
    const named = disks.find(({ digest }) => digest?.map === path.basename(map))
    return named?.digest ? { manifest, root: named.digest.root, image: named.image } : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new DigestError(
      'bad_request',
      `The manifest ${manifest} cannot be understood, and so the root of the map is not known: ${error instanceof Error ? error.message : error}
Give the root with --root.`,
    )
  }
}

import { parseArgs } from 'node:util'
import { digestRootSchema } from '#contracts/proof.ts'
import { DigestError } from '#lib/digests/error.ts'

export interface DigestOptions {
  image: string
  map: string
  root: string | null
  json: boolean
}

export const HELP = `Usage: npm run -s digest -- --image FILE --map FILE [--root HEX] [--json]

Reads a QCOW2 image of a restore point and compares every 64 KiB with the digest map that was made while the source
was read (docs/formats.md). Needs neither a hub nor QEMU. Do it while nobody writes to the image.

  --image FILE  the image, disk-KEY.qcow2
  --map FILE    its digest map
  --root HEX    the root that the map must have; default: what the manifest.json beside the map names
  --json        one line of JSON instead of words
  --help        this text

Exit status: 0 equal, 1 it differs (where is printed), 2 it is not known: something cannot be read or understood.
`

/** @returns null: help is asked for. @throws DigestError `bad_request` naming what nobody knows */
export function parseOptions(args: readonly string[]): DigestOptions | null {
  const refuse = (why: string) => new DigestError('bad_request', `${why}\n\n${HELP}`)
  let values: { image?: string; map?: string; root?: string; json: boolean; help: boolean }
  try {
    values = parseArgs({
      args: [...args],
      options: {
        image: { type: 'string' },
        map: { type: 'string' },
        root: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error))
  }
  const { image, map, root, json, help } = values
  if (help) return null
  if (!image || !map) throw refuse('It must be said which image and which map: --image FILE --map FILE.')
  if (root !== undefined && !digestRootSchema.safeParse(root.toLowerCase()).success)
    throw refuse('A root has 64 hexadecimal digits.')
  return { image, map, root: root?.toLowerCase() ?? null, json }
}

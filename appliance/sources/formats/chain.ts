import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { type DiskFormat, diskFormats } from '#contracts/source-state.ts'
import { LAYERS_LIMIT, type Layer } from '../../nbdkit/access.ts'
import { readQcow2Header } from './qcow2.ts'
import { bytesAt, openToRead } from './read-ends.ts'
import { capital, type ResolveContext, refuse } from './refuse.ts'
import { parseVmdk } from './vmdk.ts'

/** The layers from the image down to its last backing file. */
export async function chainOf(top: Layer, given: string, context: ResolveContext): Promise<Layer[]> {
  const { what } = context
  const allowed = await allowedDirectories(top.path, context)
  const layers: Layer[] = []
  let next: { layer: Layer; given: string } | null = { layer: top, given }
  while (next !== null) {
    const { layer } = next
    if (layers.some(({ path: known }) => known === layer.path))
      throw refuse(
        `The backing files of ${what} lead in a circle: ${layer.path} comes twice.`,
        'Repair the chain at its source (qemu-img rebase).',
      )
    if (layers.length >= LAYERS_LIMIT)
      throw refuse(
        `${capital(what)} rests on more than ${LAYERS_LIMIT} files.`,
        'Shorten the chain at its source (virsh blockcommit, qemu-img commit).',
      )
    layers.push(layer)
    next = await below(layer, next.given, allowed, context)
  }
  return layers
}

async function allowedDirectories(top: string, { directories, what }: ResolveContext): Promise<string[]> {
  if (directories === null) return [path.dirname(top)]
  const real = directories.map(async (directory) => realpath(directory).catch(() => null))
  const found = (await Promise.all(real)).filter((directory) => directory !== null)
  if (found.length > 0) return found
  throw refuse(
    `None of the directories that the source of ${what} allows is there.`,
    'Correct "directories" in appliance.json.',
  )
}

/** What a layer rests on; null: nothing. */
async function below(
  layer: Layer,
  given: string,
  allowed: readonly string[],
  context: ResolveContext,
): Promise<{ layer: Layer; given: string } | null> {
  const { what } = context
  const cannot = (why: string, remedy = 'Make one file of it at its source: qemu-img convert -O qcow2.') =>
    refuse(`${layer.path}, of ${what}, cannot be read: ${why}.`, remedy)
  const words = (error: unknown) => (error instanceof Error ? error.message : String(error))
  if (layer.format === 'vmdk') {
    if (layer.device) throw cannot('a VMDK on a block device is not followed')
    await using handle = await openToRead(layer.path)
    const head = await bytesAt(handle, 0, 64 * 1024)
    const plan = attempt(
      () => parseVmdk(head),
      (error) => cannot(words(error)),
    )
    if (plan.kind === 'sparse') return null
    const flat = await allowedLayer(plan.file, 'raw', given, allowed, layer, context)
    const { size } = await stat(flat.path)
    if (flat.device || size !== plan.sectors * 512)
      throw cannot(`${flat.path} has not the ${plan.sectors} sectors that its descriptor names`)
    return { layer: flat, given: flat.path }
  }
  if (layer.format !== 'qcow2') return null
  await using handle = await openToRead(layer.path)
  const header = await readQcow2Header(handle).catch((error: unknown) => {
    throw cannot(words(error))
  })
  if (header.encrypted) throw cannot('it is an encrypted QCOW2, and the appliance has no key')
  if (header.corrupt) throw cannot('QEMU has marked it as corrupt', 'Repair it at its source: qemu-img check -r all.')
  if (header.dataFile) throw cannot('its data lies in another file (data_file)')
  if (header.backing === null) return null
  const { name, format } = header.backing
  if (format === null)
    throw cannot(
      `its header does not say what its backing file ${name} is`,
      `Say it at its source: qemu-img rebase -u -F raw (or qcow2) -b '${name}' '${layer.path}'.`,
    )
  const known = diskFormats.find((each) => each === format)
  if (!known) throw cannot(`its backing file is of the format ${format}`)
  const lower = await allowedLayer(name, known, given, allowed, layer, context)
  return { layer: lower, given: lower.path }
}

function attempt<T>(work: () => T, otherwise: (error: unknown) => Error): T {
  try {
    return work()
  } catch (error) {
    throw otherwise(error)
  }
}

/** A file that another one names: only a plain path, inside of what is allowed, that is a file or a block device. Opens nothing. */
async function allowedLayer(
  name: string,
  format: DiskFormat,
  above: string,
  allowed: readonly string[],
  layer: Layer,
  { what }: ResolveContext,
): Promise<Layer> {
  const no = (why: string, remedy: string) => refuse(`${layer.path}, of ${what}, rests on "${name}": ${why}.`, remedy)
  // QEMU takes a colon before the first slash for a protocol: `json:{…}`, `nbd://…`, `fat:rw:/…`.
  if (name === '' || /^[^/]*:/.test(name) || /\p{Cc}/u.test(name))
    throw no(
      'that is no plain path, and nothing else is followed',
      'Make one file of it at its source: qemu-img convert -O qcow2.',
    )
  const wanted = path.resolve(path.dirname(above), name)
  let real: string
  try {
    real = await realpath(wanted)
  } catch {
    throw no('it is not there', 'Put it back, or correct the path of the image.')
  }
  if (!allowed.some((directory) => real.startsWith(`${directory.replace(/\/$/, '')}/`)))
    throw no(
      `it lies in none of the directories that its source allows (${allowed.join(', ')})`,
      `If it belongs to this disk, put ${JSON.stringify(path.dirname(real))} into "directories" of its source in appliance.json.`,
    )
  const found = await stat(real)
  if (!found.isFile() && !found.isBlockDevice())
    throw no('it is neither a file nor a block device', 'Correct the chain at its source.')
  return { path: real, device: found.isBlockDevice(), format, identity: null }
}

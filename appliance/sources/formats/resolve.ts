import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Problem, ProblemError } from '#contracts/problem.ts'
import { type DiskFormat, diskFormats } from '#contracts/source-state.ts'
import type { DiskConfig } from '../../config.ts'
import { type DiskAccess, LAYERS_LIMIT, type Layer } from '../../nbdkit/access.ts'
import { diskSize } from '../image/size.ts'
import { looksLike } from './looks.ts'
import { findSnapshot, readQcow2Header, type SnapshotEntry } from './qcow2.ts'
import { bytesAt, deviceEnds, fileEnds, openToRead } from './read-ends.ts'
import { parseVmdk } from './vmdk.ts'

export interface ResolvedDisk {
  access: Exclude<DiskAccess, { plugin: 'pattern' }>
  format: DiskFormat
  notes: string[]
  /** Files and devices that must stay as they are while it is copied; null: a server behind an address. */
  files: string[] | null
  /** The snapshot inside the QCOW2 that is read. */
  frozen: { path: string; entry: SnapshotEntry } | null
}

export interface ResolveContext {
  /** For people: `disk 2000 of "pgtest1"`. */
  what: string
  key: number
  /** Where backing files may lie; null: in the directory of the image itself. */
  directories: readonly string[] | null
}

const SAFE = 'Nothing was opened or changed; earlier backups are untouched.'

function refuse(happened: string, remedy: string, code: Problem['code'] = 'source_format'): ProblemError {
  return new ProblemError({ code, happened: happened.slice(0, 2000), safe: SAFE, remedy: remedy.slice(0, 2000) })
}

/** The exact words for appliance.json. */
const setting = (format: string) => `"format": "${format}"`

/**
 * What must be opened to read one disk of the settings, layer by layer, and nothing else. The format is the settings'; bytes are only
 * compared with it. Backing files are found here, never by QEMU.
 * @throws ProblemError source_missing | source_read | source_format | bad_input
 */
export async function resolveDisk(disk: DiskConfig, context: ResolveContext): Promise<ResolvedDisk> {
  if (disk.url !== undefined)
    return { access: { plugin: 'nbd', url: disk.url }, format: 'raw', notes: [], files: null, frozen: null }
  if (disk.path === undefined)
    throw refuse(`${context.what} has neither a path nor a url.`, 'Correct the settings.', 'bad_input')
  const sizeBytes = await diskSize({ plugin: 'file', path: disk.path, identity: null }, context.what)
  const top = await layerOf(disk.path)
  const notes = await compareFormat(disk, top, sizeBytes, context)
  const format = disk.format ?? 'raw'
  if (format === 'raw') {
    const access: ResolvedDisk['access'] = top.device
      ? { plugin: 'qemu', layers: [{ ...top, format }] }
      : { plugin: 'file', path: disk.path, identity: null }
    return { access, format, notes, files: [top.device ? top.path : disk.path], frozen: null }
  }
  const layers = await chainOf({ ...top, format }, disk.path, context)
  const files = layers.map((layer) => layer.path)
  if (layers.length > 1) notes.push(`It is read through ${layers.length} files: ${files.join(' ← ')}.`)
  const frozen = disk.snapshot === undefined ? null : await snapshotOf(top.path, disk.snapshot, context)
  const snapshot = frozen ? { snapshot: { id: frozen.entry.id, name: frozen.entry.name } } : {}
  return {
    access: { plugin: 'qemu', layers, ...snapshot },
    format,
    notes,
    files: frozen ? files.slice(1) : files,
    frozen,
  }
}

async function layerOf(file: string): Promise<Omit<Layer, 'format'>> {
  const real = await realpath(file)
  return { path: real, device: (await stat(real)).isBlockDevice(), identity: null }
}

/** Holds the bytes against what is stated. @returns what people should know. */
async function compareFormat(
  { format, path: file = '' }: DiskConfig,
  { path: real, device }: Omit<Layer, 'format'>,
  sizeBytes: number,
  { what, key }: ResolveContext,
): Promise<string[]> {
  const look = await seen(real, device, sizeBytes, what)
  if (look?.encrypted && (format ?? 'raw') === 'raw')
    return [`It is encrypted (${look.name}): it is copied as it is, and only its own key opens what is restored.`]
  if (format === undefined) {
    if (look === null) return []
    const asIs = look.format
      ? `If ${file} is an image of the format ${look.format}, put ${setting(look.format)} beside the path of disk ${key} in appliance.json.`
      : `If ${file} is of that form, convert it first: qemu-img convert -O qcow2.`
    throw refuse(
      `What is given as ${what} looks like ${look.name} (${file}), and its settings do not say what it is.`,
      `${asIs} If it is the disk of a guest that wrote these bytes itself, put ${setting('raw')} there.`,
    )
  }
  if (format === 'raw')
    return look ? [`Its bytes look like ${look.name}; it is stated to be raw and is copied as it is.`] : []
  if (look?.format === format) return []
  throw refuse(
    `${capital(what)} is stated to be of the format ${format}, and ${look ? `looks like ${look.name}` : 'has no header of it'} (${file}).`,
    `Put what it is beside the path of disk ${key} in appliance.json: ${setting(look?.format ?? 'raw')}, and for the disk of a guest ${setting('raw')}.`,
  )
}

async function seen(real: string, device: boolean, sizeBytes: number, what: string) {
  try {
    if (device) {
      const { head, tail } = await deviceEnds(real, sizeBytes)
      return looksLike(head, tail)
    }
    await using handle = await openToRead(real)
    const { head, tail } = await fileEnds(handle, sizeBytes)
    return looksLike(head, tail)
  } catch (cause) {
    throw new ProblemError({
      code: 'source_read',
      happened: `The first bytes of ${what} cannot be read: ${cause instanceof Error ? cause.message : cause}`.slice(
        0,
        2000,
      ),
      safe: SAFE,
      remedy: 'Let the user the appliance runs as read it, then try again.',
    })
  }
}

/** The layers from the image down to its last backing file. */
async function chainOf(top: Layer, given: string, context: ResolveContext): Promise<Layer[]> {
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

async function snapshotOf(
  file: string,
  name: string,
  { what }: ResolveContext,
): Promise<{ path: string; entry: SnapshotEntry }> {
  await using handle = await openToRead(file)
  const entry = await findSnapshot(handle, name).catch((error: unknown) => {
    throw refuse(
      `The snapshots of ${what} cannot be read: ${error instanceof Error ? error.message : error}.`,
      'Look at it with qemu-img snapshot -l.',
    )
  })
  if (entry) return { path: file, entry }
  throw refuse(
    `${capital(what)} has no snapshot "${name}" inside.`,
    `Make it, or take "snapshot" out of the settings of the disk.`,
    'source_missing',
  )
}

/** Whether the snapshot is still what it was, from its table. */
export async function compareSnapshot({
  path: file,
  entry,
}: {
  path: string
  entry: SnapshotEntry
}): Promise<{ changed: string[]; unknown: string[] }> {
  try {
    await using handle = await openToRead(file)
    const now = await findSnapshot(handle, entry.name)
    const same = now !== null && JSON.stringify(now) === JSON.stringify(entry)
    return { changed: same ? [] : [`The snapshot "${entry.name}" in ${file} is not the same any more.`], unknown: [] }
  } catch (error) {
    return { changed: [], unknown: [`The snapshot "${entry.name}" in ${file} could not be looked at: ${error}`] }
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

import { realpath, stat } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
import type { DiskFormat } from '#contracts/source-state.ts'
import type { DiskConfig } from '../../config.ts'
import type { DiskAccess, Layer } from '../../nbdkit/access.ts'
import { diskSize } from '../image/size.ts'
import { chainOf } from './chain.ts'
import { looksLike } from './looks.ts'
import { findSnapshot, type SnapshotEntry } from './qcow2.ts'
import { deviceEnds, fileEnds, openToRead } from './read-ends.ts'
import { capital, type ResolveContext, refuse, SAFE } from './refuse.ts'

export interface ResolvedDisk {
  access: Exclude<DiskAccess, { plugin: 'pattern' }>
  format: DiskFormat
  notes: string[]
  /** Files and devices that must stay as they are while it is copied; null: a server behind an address. */
  files: string[] | null
  /** The snapshot inside the QCOW2 that is read. */
  frozen: { path: string; entry: SnapshotEntry } | null
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
    return { changed: same ? [] : [`The snapshot "${entry.name}" in ${file} is no longer the same.`], unknown: [] }
  } catch (error) {
    return { changed: [], unknown: [`The snapshot "${entry.name}" in ${file} could not be looked at: ${error}`] }
  }
}

import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pickerOf, randomBytesOf, textOf } from './content.ts'
import { writeRange } from './raw-disk.ts'

const MIB = 1024 * 1024

/** One file of a machine's file system. */
export interface PlannedFile {
  path: string
  kind: 'random' | 'text'
  bytes: number
}

/** Splits `total` into files of at most `each` bytes. */
function split(total: number, each: number, name: (index: number) => string, kind: PlannedFile['kind']): PlannedFile[] {
  const count = Math.max(1, Math.ceil(total / each))
  return Array.from({ length: count }, (_, index) => ({
    path: name(index),
    kind,
    bytes: index === count - 1 ? total - each * (count - 1) : each,
  }))
}

/** Small files in nested directories, a few bytes to 16 KiB each. */
function smallFiles(count: number, seed: string): PlannedFile[] {
  const pick = pickerOf(seed)
  return Array.from({ length: count }, (_, index) => ({
    path: `usr/share/app/${index % 23}/module-${index % 7}/file-${index}.conf`,
    kind: pick(4) === 0 ? ('random' as const) : ('text' as const),
    bytes: 16 + pick(16 * 1024),
  }))
}

/**
 * What lies on the machine's system disk: half of it a database that does not compress, a third logs that do,
 * the rest a dump of odd length and thousands of small files.
 */
export function systemFiles(dataBytes: number, seed: string): PlannedFile[] {
  const small = smallFiles(Math.min(4000, Math.ceil(dataBytes / 65_536)), `${seed}:small`)
  const rest = Math.max(MIB, dataBytes - small.reduce((sum, file) => sum + file.bytes, 0))
  const database = Math.floor(rest * 0.55)
  const logs = Math.floor(rest * 0.35)
  return [
    ...split(database, 256 * MIB, (index) => `var/lib/postgresql/base/${16_384 + index}`, 'random'),
    ...split(logs, 64 * MIB, (index) => `var/log/service.log.${index}`, 'text'),
    { path: 'srv/dump-2026.bin', kind: 'random', bytes: rest - database - logs },
    ...small,
  ]
}

/** What lies on the almost empty second disk. */
export function dataDiskFiles(): PlannedFile[] {
  return [
    { path: 'README', kind: 'text', bytes: 613 },
    { path: 'archive/first.bin', kind: 'random', bytes: 3 * MIB + 17 },
  ]
}

/** Writes planned files below `directory`, telling how many bytes are done. */
export async function writeTree(
  directory: string,
  files: readonly PlannedFile[],
  seed: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const content = { random: randomBytesOf(`${seed}:random`), text: textOf(`${seed}:text`) }
  for (const folder of new Set(files.map((file) => path.dirname(file.path))))
    await mkdir(path.join(directory, folder), { recursive: true })
  for (const planned of files) {
    const next = content[planned.kind]
    const target = path.join(directory, planned.path)
    if (planned.bytes <= 65_536) await writeFile(target, next(planned.bytes))
    else {
      await using file = await open(target, 'w')
      const tell = (length: number) => {
        onBytes(length)
        return next(length)
      }
      await writeRange(file, { offset: 0, length: planned.bytes }, tell)
    }
  }
}

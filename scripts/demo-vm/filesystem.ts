import { runOrThrow } from '#lib/process/run.ts'
import { demoUuid, type Partition } from './partition.ts'

/**
 * Makes an ext4 file system with the files of `tree` inside one partition of a raw image, without mounting
 * (mke2fs -d). Inode tables and journal stay unwritten (lazy), as on a disk a hypervisor made thin.
 * @param number  tells the file system's UUID from the others of the disk
 */
export async function writeExt4(
  image: string,
  disk: { key: number },
  partition: Partition,
  options: { tree: string; label: string; number: number },
): Promise<void> {
  const extended = [
    `offset=${partition.offset}`,
    'lazy_itable_init=1',
    'lazy_journal_init=1',
    'nodiscard',
    'root_owner=0:0',
    `hash_seed=${demoUuid(disk.key, 900 + options.number)}`,
  ]
  await runOrThrow(
    'mke2fs',
    [
      ...['-q', '-F', '-t', 'ext4', '-b', '4096', '-m', '1', '-J', 'size=32'],
      ...['-L', options.label, '-U', demoUuid(disk.key, 100 + options.number)],
      ...['-E', extended.join(','), '-d', options.tree, image],
      `${Math.floor(partition.sizeBytes / 1024)}k`,
    ],
    { code: 'tool_missing', happened: 'The file system of the demo disk could not be made' },
    { timeoutMs: 300_000 },
  )
}

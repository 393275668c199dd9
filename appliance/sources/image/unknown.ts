import { ProblemError } from '#contracts/problem.ts'

/** For a shell. */
const word = (text: string) => (/^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** Disks that somebody writes: what to do, the best way first. */
export function writtenProblem(
  vm: string,
  written: readonly { key: number; writers: readonly string[] }[],
): ProblemError {
  const [first] = written
  const list = written.map(({ key, writers }) => `Disk ${key} of "${vm}" is being written: ${writers.join('; ')}.`)
  return new ProblemError({
    code: 'source_unknown',
    happened: list.join(' ').slice(0, 2000),
    safe: 'Nothing was copied; earlier backups are untouched.',
    remedy: [
      'Shut the machine down and start the backup again.',
      'Or take a snapshot of the disk (LVM, Btrfs, a reflink copy) and point the source at it.',
      'Or allow an unknown state for this disk, which then stands on the restore point:',
      `sendense vm set ${word(vm)} --disk ${first?.key ?? 0} --allow-unknown on --reason "why"`,
    ]
      .join(' ')
      .slice(0, 2000),
  })
}

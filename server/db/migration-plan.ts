import { ProblemError } from '#contracts/problem.ts'

/** A migration of this build. */
export interface Migration {
  /** The directory's name: `<timestamp>_<what>`; its order is the order of application. */
  name: string
  sql: string
  /** SHA-256 of the file, hex: what Prisma keeps too. */
  checksum: string
}

/** A row of `_prisma_migrations` that was not rolled back. */
export interface AppliedMigration {
  name: string
  checksum: string
  finished: boolean
}

/**
 * What is left to apply, in order.
 * @throws ProblemError when the database is newer than this build, or holds another history
 */
export function planMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const byName = new Map(known.map((migration) => [migration.name, migration]))
  for (const { name, checksum, finished } of applied) {
    const ours = byName.get(name)
    if (!ours)
      throw new ProblemError({
        code: 'conflict',
        happened: `The database has the change "${name}", which this version of Sendense does not know: a newer version has used it.`,
        safe: 'Nothing was changed in the database; backups are not touched.',
        remedy: 'Start the newer version again, or restore a database backup that fits this version.',
      })
    if (!finished)
      throw new ProblemError({
        code: 'conflict',
        happened: `The database change "${name}" began once and was never finished.`,
        safe: 'Nothing was changed now; backups are not touched.',
        remedy: `Look at the row in _prisma_migrations. Undo what it did, then: npx prisma migrate resolve --rolled-back ${name}`,
      })
    if (ours.checksum !== checksum)
      throw new ProblemError({
        code: 'conflict',
        happened: `The database change "${name}" was applied in another form than the one in this build.`,
        safe: 'Nothing was changed in the database; backups are not touched.',
        remedy: 'Applied changes are never edited: put the file back as it was and add a new change instead.',
      })
  }
  const done = new Set(applied.map(({ name }) => name))
  const open = known.filter(({ name }) => !done.has(name))
  const newest = applied
    .map(({ name }) => name)
    .toSorted()
    .at(-1)
  const late = newest === undefined ? undefined : open.find(({ name }) => name < newest)
  if (late)
    throw new ProblemError({
      code: 'conflict',
      happened: `The change "${late.name}" is older than "${newest}", which the database already has.`,
      safe: 'Nothing was changed in the database; backups are not touched.',
      remedy: 'Give the change a new directory name with a later time stamp.',
    })
  return open
}

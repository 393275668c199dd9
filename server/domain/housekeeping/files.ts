import type { Foreign } from '#contracts/housekeeping.ts'
import type { Facts, Finding } from './facts.ts'
import { finding, isBusy, isYoung, jobEnd } from './finding.ts'
import { exportData } from './rows.ts'

/** Nothing of ours writes a temporary file for longer. */
const TEMPORARY_MS = 10 * 60_000

function partialFindings(facts: Facts): Finding[] {
  const recorded = new Set(facts.rows.flatMap((row) => (row.kind === 'partial-directory' ? [row.identity] : [])))
  return facts.partials.flatMap(({ path, repositoryPath, jobId, modifiedAt, sizeBytes }) => {
    if (jobId === null || recorded.has(path) || isBusy(facts, jobId)) return []
    const words = {
      ...{ kind: 'partial-directory' as const, identity: path, jobId, since: modifiedAt, sizeBytes },
      why: `No open record names it, and ${jobEnd(facts, jobId)}.`,
      cleaning: 'Removes the unfinished images of this backup.',
    }
    return [finding(facts, `partial:${path}`, words, { do: 'partial', repositoryPath, path })]
  })
}

function fileFindings(facts: Facts): Finding[] {
  const served = new Set(
    facts.rows.flatMap((row) => {
      const { exportName, port } = exportData(row)
      return row.kind === 'export' ? [`${exportName}@${port}`] : []
    }),
  )
  const file = (path: string, sizeBytes: number, since: Date, why: string) => {
    const words = { kind: 'file' as const, identity: path, jobId: null, since, sizeBytes, why }
    return finding(facts, `file:${path}`, { ...words, cleaning: 'Removes the file.' }, { do: 'file', path })
  }
  const exports = facts.exportFiles
    .filter(({ exportName, port, modifiedAt }) => !served.has(`${exportName}@${port}`) && !isYoung(facts, modifiedAt))
    .map(({ path, sizeBytes, modifiedAt }) => file(path, sizeBytes, modifiedAt, 'The export it belongs to has ended.'))
  const temporaries = facts.temporaries
    .filter(({ modifiedAt }) => facts.now.getTime() - modifiedAt.getTime() > TEMPORARY_MS)
    .map(({ path, sizeBytes, modifiedAt }) =>
      file(path, sizeBytes, modifiedAt, 'Whoever wrote this temporary file did not come to the end of it.'),
    )
  return [...exports, ...temporaries]
}

export const allFileFindings = (facts: Facts) => [...partialFindings(facts), ...fileFindings(facts)]

/** Images, and directories that look unfinished, which no record of this hub has. */
export function foreignFiles(facts: Facts): Foreign[] {
  const directories = facts.partials
    .filter(({ jobId }) => jobId === null)
    .map(
      ({ path }): Foreign => ({
        id: `directory:${path}`,
        kind: 'directory',
        identity: path,
        why: 'It is called like an unfinished backup, but no backup of this hub has that name.',
      }),
    )
  const images = facts.strangers.map(
    (path): Foreign => ({ id: `file:${path}`, kind: 'file', identity: path, why: 'An image that no backup has.' }),
  )
  const { paths, more } = facts.unlisted
  const unlisted = paths.map(
    (path): Foreign => ({
      id: `unlisted:${path}`,
      kind: 'restore-point',
      identity: path,
      why: 'A finished restore point on disk that the catalogue does not know. It is never removed.',
    }),
  )
  const rest: Foreign[] =
    more > 0
      ? [{ id: 'unlisted:more', kind: 'restore-point', identity: `${more} more`, why: 'Not listed one by one.' }]
      : []
  return [...directories, ...unlisted, ...rest, ...images]
}

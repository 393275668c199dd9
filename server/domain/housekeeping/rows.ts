import type { Facts, Finding, RowFact } from './facts.ts'
import { finding, isBusy, isYoung, jobEnd } from './finding.ts'

interface ExportData {
  port?: number
  portRowId?: string
  exportName?: string
}

export const exportData = (row: RowFact) => (row.data ?? {}) as ExportData

/** Processes that an export's row stands for: by pid and start time, or by the mark when its start was never recorded. */
export function processesOf(facts: Facts, row: RowFact) {
  return facts.processes.filter(
    (process) => process.row?.id === row.id || (process.pid === row.pid && process.start === row.pidStart),
  )
}

/** An export that a person started and that lives, or that is being started. */
export function isInUse(facts: Facts, row: RowFact): boolean {
  if (isBusy(facts, row.jobId)) return true
  if (row.jobId !== null || row.state === 'orphan') return false
  return isYoung(facts, row.createdAt) || (row.state === 'live' && processesOf(facts, row).length > 0)
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function exportFinding(facts: Facts, row: RowFact): Finding {
  const pids = processesOf(facts, row).map(({ pid }) => pid)
  const { port } = exportData(row)
  const ended = row.jobId === null ? 'nobody serves it any more' : jobEnd(facts, row.jobId)
  const why =
    pids.length > 0
      ? `${upper(ended)}, but its qemu-nbd still runs (process ${pids.join(', ')}).`
      : `Its qemu-nbd is gone${row.jobId === null ? '' : ` and ${ended}`}; its record was not closed.`
  const cleaning =
    pids.length > 0
      ? `Ends process ${pids.join(', ')}, waits until the image is unlocked, and gives port ${port} back.`
      : `Closes the record and gives port ${port} back.`
  const words = { kind: 'export' as const, identity: row.identity, jobId: row.jobId, since: row.createdAt }
  return finding(facts, `row:${row.id}`, { ...words, why, cleaning }, { do: 'row', rowId: row.id }, row)
}

function applianceJobFinding(facts: Facts, row: RowFact): Finding {
  const { applianceId } = row.data as { applianceId?: string }
  const appliance = facts.appliances.find(({ id }) => id === applianceId)
  const name = appliance?.name ?? 'the appliance'
  const waitsFor = appliance?.online ? null : `${name} is not connected. It is asked as soon as it is back.`
  const words = {
    kind: 'appliance-job' as const,
    identity: `${row.identity} on ${name}`,
    jobId: row.jobId,
    since: row.createdAt,
    why: `${upper(jobEnd(facts, row.jobId))}, but ${name} has not said that it let go of the source.`,
    cleaning: `Asks ${name} to end what it still runs for this backup and to remove its snapshot.`,
    waitsFor,
  }
  return finding(facts, `row:${row.id}`, words, { do: 'row', rowId: row.id }, row)
}

/** What else a job has on the ledger: kind → what cleaning it does. */
const others: Record<string, { kind: 'port' | 'partial-directory' | 'data-key' | 'other'; cleaning: string }> = {
  port: { kind: 'port', cleaning: 'Closes the record: the port may be given out again.' },
  'partial-directory': { kind: 'partial-directory', cleaning: 'Removes the unfinished images of this backup.' },
  'scratch-directory': { kind: 'other', cleaning: 'Removes the canary that a check wrote here.' },
  'data-key': { kind: 'data-key', cleaning: 'Takes the key out and ends every session that logged in with it.' },
}

function otherFinding(facts: Facts, row: RowFact): Finding {
  const known = others[row.kind]
  const { keepUntil, keptBecause } = (row.data ?? {}) as { keepUntil?: string; keptBecause?: string }
  const words = {
    kind: known?.kind ?? ('other' as const),
    identity: known ? row.identity : `${row.kind} ${row.identity}`,
    jobId: row.jobId,
    since: row.createdAt,
    sizeBytes: facts.partials.find(({ path }) => path === row.identity)?.sizeBytes ?? null,
    why:
      keptBecause !== undefined
        ? `Kept for a look: ${keptBecause}`
        : row.jobId === null
          ? 'Nothing uses it any more.'
          : `${upper(jobEnd(facts, row.jobId))}.`,
    keptUntil: keepUntil !== undefined && Date.parse(keepUntil) > facts.now.getTime() ? keepUntil : null,
    cleaning: known?.cleaning ?? 'Undoes it as the backup itself would have.',
  }
  return finding(facts, `row:${row.id}`, words, { do: 'row', rowId: row.id }, row)
}

/** Rows of the ledger that stand for nothing anybody needs. */
export function rowFindings(facts: Facts): Finding[] {
  // A port follows its export: it has no line of its own.
  const followed = new Set(facts.rows.flatMap((row) => (row.kind === 'export' ? [exportData(row).portRowId] : [])))
  return facts.rows.flatMap((row) => {
    // The engine itself closes sshd's row and makes a new one at each start.
    if (row.kind === 'sshd' || row.kind === 'left-over' || isInUse(facts, row)) return []
    if (row.kind === 'port' && followed.has(row.id)) return []
    if (row.kind === 'export') return [exportFinding(facts, row)]
    if (row.kind === 'appliance-job') return [applianceJobFinding(facts, row)]
    return [otherFinding(facts, row)]
  })
}

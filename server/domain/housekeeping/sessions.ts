import type { Facts, Finding, SessionFact } from './facts.ts'
import { finding, isBusy } from './finding.ts'
import { exportData } from './rows.ts'

/** Ports that exports of running jobs have. */
function busyPorts(facts: Facts): Set<number> {
  const busy = facts.rows.filter((row) => row.kind === 'export' && isBusy(facts, row.jobId))
  return new Set(busy.flatMap((row) => exportData(row).port ?? []))
}

/** True when a running job's session is not among the named ones: an unnamed one may be it. */
function isAnyMissing(facts: Facts): boolean {
  const named = new Set(facts.sessions.map(({ fingerprint }) => fingerprint))
  return facts.rows.some(
    (row) =>
      row.kind === 'data-key' && isBusy(facts, row.jobId) && !named.has(facts.keyPrints.get(row.id) ?? 'not named'),
  )
}

/** Why nobody needs the session; null when somebody does, or may. */
function whyLeftOver(facts: Facts, session: SessionFact): string | null {
  const { fingerprint, listenPorts, openPorts } = session
  const appliance = facts.appliances.find(
    (one) => one.enabled && (one.fingerprint === fingerprint || listenPorts.includes(one.apiPort)),
  )
  if (appliance) return null
  if (fingerprint !== null) {
    // A key that is still on the ledger ends together with its sessions.
    if ([...facts.keyPrints.values()].includes(fingerprint)) return null
    return 'It logged in with a key that is let in no more.'
  }
  const busy = busyPorts(facts)
  if (openPorts.some((port) => busy.has(port)) || isAnyMissing(facts)) return null
  return 'sshd’s log no longer says whose it is, and no appliance and no running backup uses it.'
}

/** SSH sessions of our sshd that belong to no appliance that is let in and to no running job. */
export function sessionFindings(facts: Facts): Finding[] {
  return facts.sessions.flatMap((session) => {
    const why = whyLeftOver(facts, session)
    if (why === null) return []
    const { pid, start, peer, since } = session
    const words = {
      ...{ kind: 'session' as const, identity: `${peer} (process ${pid})`, jobId: null, since, why },
      cleaning: 'Ends the session and every connection through it.',
    }
    return [finding(facts, `session:${pid}:${start}`, words, { do: 'session', pid, start })]
  })
}

/** Lines of authorized_keys that let in somebody who is not to be let in. */
export function keyFindings(facts: Facts): Finding[] {
  const open = new Set(facts.rows.flatMap((row) => (row.kind === 'data-key' ? [row.identity] : [])))
  return facts.keyLines.flatMap(({ line, kind, owner }) => {
    if (kind === 'control' && facts.appliances.some(({ id, enabled }) => enabled && id === owner)) return []
    if (kind === 'data' && owner !== null && (open.has(owner) || isBusy(facts, owner))) return []
    const jobId = kind === 'data' && owner !== null && facts.jobs.has(owner) ? owner : null
    const words = {
      ...{ kind: 'key-line' as const, identity: owner === null ? line.slice(-60) : `${kind} key of ${owner}` },
      ...{ jobId, since: null },
      why: 'It lets in a key that no appliance and no running backup has.',
      cleaning: 'Writes the list of keys again, from what is on record.',
    }
    return [finding(facts, `key:${owner ?? line.slice(-80)}`, words, { do: 'keys' })]
  })
}

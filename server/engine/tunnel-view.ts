import type { TunnelView } from '#contracts/views.ts'
import type { SshSession } from '../drivers/ssh/driver.ts'

/** Whose keys there are, by fingerprint. */
export interface KeyOwners {
  appliances: readonly { id: string; name: string; fingerprint: string }[]
  /** Jobs, and checks, which make no backup. */
  jobs: readonly { id: string; applianceId: string; backupId: string | null; fingerprint: string }[]
}

/** What sshd's sessions are called whose key the log does not name. */
const UNNAMED = 'unknown'

/**
 * Whose a session is. Unknown is one whose key the log no longer names (it was cut), or whose key belongs to nobody any
 * more: it may be ended, and is never taken for an appliance's. Pure.
 */
export function toTunnelView(session: SshSession, { appliances, jobs }: KeyOwners): TunnelView {
  const fingerprint = session.fingerprint === UNNAMED ? null : session.fingerprint
  const job = fingerprint === null ? undefined : jobs.find((one) => one.fingerprint === fingerprint)
  const control = fingerprint === null ? undefined : appliances.find((one) => one.fingerprint === fingerprint)
  const owner = control ?? appliances.find(({ id }) => id === job?.applianceId)
  return {
    id: `${session.pid}-${session.start.split(':').at(-1)}`,
    kind: job ? 'data' : control ? 'control' : 'unknown',
    applianceId: owner?.id ?? null,
    applianceName: owner?.name ?? null,
    jobId: job?.id ?? null,
    backupId: job?.backupId ?? null,
    peer: session.peer,
    fingerprint,
    pid: session.pid,
    since: session.since.toISOString(),
  }
}

import type { VmCheck } from '#contracts/check.ts'

/** The one of two that began later; of the same check, the one that knows more: an answer may be older than its event. */
export function newerCheck(present: VmCheck | null, check: VmCheck): VmCheck {
  if (present === null || present.id === check.id) {
    const knowsMore = (present?.items.length ?? 0) <= check.items.length
    return present === null || (present.state === 'running' && knowsMore) ? check : present
  }
  return check.startedAt >= present.startedAt ? check : present
}

/** The same in the list of the newest checks of appliances. */
export function reduceChecks(all: VmCheck[], check: VmCheck): VmCheck[] {
  const present = all.find(({ applianceId }) => applianceId === check.applianceId)
  if (!present) return [...all, check]
  const newer = newerCheck(present, check)
  return newer === present ? all : all.map((one) => (one === present ? newer : one))
}

import type { Tone } from '#components/ui/status.tsx'
import type { CheckId, CheckItem, VmCheck } from '#contracts/check.ts'

export const outcomeWords: Record<CheckItem['outcome'], { tone: Tone; label: string }> = {
  passed: { tone: 'ok', label: 'Passed' },
  failed: { tone: 'bad', label: 'Failed' },
  'not-applicable': { tone: 'unknown', label: 'Not applicable' },
}

export const titles: Record<CheckId, string> = {
  appliance: 'Appliance answers',
  tools: 'Tools, both sides',
  clock: 'Clocks agree',
  dns: 'Hub’s name',
  'host-key': 'Hub’s host key',
  source: 'Source disks open',
  repository: 'Repository is ours',
  writable: 'Can be written',
  room: 'Room for a backup',
  ports: 'Ports for exports',
  tunnel: 'Data tunnel',
  canary: 'Canary through it',
  stored: 'Canary as stored',
  connections: 'Second connection',
  removed: 'Cleaned up',
}

/** An engine that has died says nothing any more; a check takes seconds. */
const SILENT_MS = 130_000

/** Runs, and not since so long that it cannot be true. */
export function isRunning({ state, startedAt }: VmCheck, now: number): boolean {
  return state === 'running' && now - Date.parse(startedAt) < SILENT_MS
}

const count = (items: readonly CheckItem[], outcome: CheckItem['outcome']) =>
  items.filter((item) => item.outcome === outcome).length

/** How a check stands, in a word and a sentence. */
export function checkWords(check: VmCheck, now: number): { tone: Tone; label: string; sentence: string } {
  const { items, state, vmId } = check
  const failed = count(items, 'failed')
  const passed = `${count(items, 'passed')} passed`
  const rest = count(items, 'not-applicable') > 0 ? `, ${count(items, 'not-applicable')} not applicable` : ''
  if (isRunning(check, now)) return { tone: 'busy', label: 'Checking', sentence: `${items.length} answered so far.` }
  if (state === 'running' || state === 'interrupted')
    return {
      tone: 'warn',
      label: 'Interrupted',
      sentence: 'The hub’s engine ended in the middle of it; what it had made is cleaned up. Check again.',
    }
  if (state === 'passed') {
    const what = vmId === null ? 'The way from this appliance works' : 'A backup of it should work'
    return { tone: 'ok', label: 'Passed', sentence: `${what}: ${passed}${rest}.` }
  }
  const what = vmId === null ? 'A backup through it may fail' : 'A backup of it may fail'
  return {
    tone: 'bad',
    label: `${failed} failed`,
    sentence: `${what}; what to do stands below. ${passed}${rest}.`,
  }
}

import { checkWords, outcomeWords, titles } from '#components/checks/words.ts'
import type { CheckItem, VmCheck } from '#contracts/check.ts'

/** 0: all that applies passed. 1: something failed. 2: it did not come to its end. */
export const exitStatus = ({ state }: VmCheck) => (state === 'passed' ? 0 : state === 'failed' ? 1 : 2)

const words = (outcome: CheckItem['outcome']) =>
  outcome === 'failed' ? 'FAILED' : outcomeWords[outcome].label.toLowerCase()

/** One answer as a person reads it in a terminal. Pure. */
export function itemLines({ id, outcome, detail, remedy }: CheckItem): string[] {
  const head = `${words(outcome).padEnd(14)}  ${titles[id].padEnd(18)}  ${detail}`
  return remedy === null ? [head] : [head, `${' '.repeat(36)}→ ${remedy}`]
}

export function lastLine(check: VmCheck, now: number): string {
  const { label, sentence } = checkWords(check, now)
  return `${check.vmName ?? check.applianceName}: ${label}. ${sentence.replace('below', 'above')}`
}

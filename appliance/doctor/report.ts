/** One thing that was looked at. */
export interface Finding {
  outcome: 'passed' | 'failed' | 'not applicable'
  /** What was looked at: a word or two. */
  what: string
  detail: string
  /** What to do; only of what failed. */
  remedy?: string
}

export const passed = (what: string, detail: string): Finding => ({ outcome: 'passed', what, detail })
export const failed = (what: string, detail: string, remedy: string): Finding => ({
  ...{ outcome: 'failed', what, detail, remedy },
})
export const notApplicable = (what: string, detail: string): Finding => ({ outcome: 'not applicable', what, detail })

const WIDTH = 16

/** As people read it: a line each, the remedy below what failed, and a sum. Pure. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ outcome, what, detail, remedy }) => [
    `${outcome.padEnd(WIDTH)}${what}: ${detail}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(WIDTH)}→ ${remedy}`]),
  ])
  const bad = findings.filter(({ outcome }) => outcome === 'failed').length
  const sum = bad === 0 ? 'Nothing failed.' : `${bad} of ${findings.length} checks failed.`
  return `${[...lines, sum].join('\n')}\n`
}

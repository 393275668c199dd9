import type { Foreign } from '#contracts/housekeeping.ts'
import type { Facts, Finding } from './facts.ts'
import { allFileFindings, foreignFiles } from './files.ts'
import { foreignProcesses, processFindings } from './processes.ts'
import { rowFindings } from './rows.ts'
import { keyFindings, sessionFindings } from './sessions.ts'

/**
 * What of the facts is left over, in the order in which it is cleaned (who is let in, what runs, what lies about), and what
 * stands near but is not ours. Pure. A thing without our mark is never among the first.
 */
export function decide(facts: Facts): { findings: Finding[]; foreign: Foreign[] } {
  const rows = rowFindings(facts)
  const ofKinds = (...kinds: string[]) => rows.filter(({ orphan }) => kinds.includes(orphan.kind))
  return {
    findings: [
      ...keyFindings(facts),
      ...ofKinds('data-key'),
      ...sessionFindings(facts),
      ...ofKinds('appliance-job'),
      ...ofKinds('export'),
      ...processFindings(facts),
      ...ofKinds('partial-directory'),
      ...allFileFindings(facts),
      ...ofKinds('port', 'other'),
    ],
    foreign: [...foreignProcesses(facts), ...foreignFiles(facts)],
  }
}

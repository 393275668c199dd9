'use client'

import { Time } from '#components/format/time.tsx'
import { Code } from '#components/ui/layout.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { AuditEntry } from '#contracts/audit.ts'

const tones: Record<AuditEntry['outcome'], { tone: Tone; label: string }> = {
  done: { tone: 'ok', label: 'Done' },
  refused: { tone: 'warn', label: 'Refused' },
  failed: { tone: 'bad', label: 'Failed' },
}

/** On what, in one line: the fields as they were given. */
function about(target: AuditEntry['target']): string {
  return Object.entries(target ?? {})
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}

function who({ who: address, via, token }: AuditEntry): string {
  if (via === 'command') return 'A command on the hub'
  return `${address ?? 'Not signed in'}${token === null ? '' : `, by ${token}`}`
}

export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <Table
      caption="Entries of the audit trail"
      testId="audit"
      rows={entries}
      rowKey={({ seq }) => seq}
      columns={[
        { head: 'When', from: 'sm', cell: ({ at }) => <Time at={at} /> },
        {
          head: 'Who',
          cell: (entry) => (
            <span className="block sm:min-w-40 [overflow-wrap:anywhere]">
              {/* A phone has no room for columns of these. */}
              <span className="block sm:hidden">
                <Code>{entry.action}</Code>
              </span>
              {who(entry)}
              <span className="block text-muted sm:hidden">
                <Time at={entry.at} />
              </span>
            </span>
          ),
        },
        {
          head: 'What',
          from: 'sm',
          cell: ({ action }) => (
            <span className="block sm:min-w-44 [overflow-wrap:anywhere]">
              <Code>{action}</Code>
            </span>
          ),
        },
        {
          head: 'On what',
          from: 'md',
          cell: ({ target }) => (
            <span dir="auto" className="line-clamp-2 text-muted [overflow-wrap:anywhere]" title={about(target)}>
              {about(target) || '–'}
            </span>
          ),
        },
        { head: 'From', from: 'lg', cell: ({ address }) => address ?? '–' },
        {
          head: 'Outcome',
          cell: ({ outcome, code }) => (
            <>
              <Status {...tones[outcome]} />
              {code !== null && <span className="block text-muted">{code}</span>}
            </>
          ),
        },
      ]}
    />
  )
}

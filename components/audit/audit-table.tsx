'use client'

import { Time } from '#components/format/time.tsx'
import { Code } from '#components/ui/layout.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { AuditEntry } from '#contracts/audit.ts'
import { about, actionWords, given } from './words.ts'

const tones: Record<AuditEntry['outcome'], { tone: Tone; label: string }> = {
  done: { tone: 'ok', label: 'Done' },
  refused: { tone: 'warn', label: 'Refused' },
  failed: { tone: 'bad', label: 'Failed' },
}

function who({ who: address, via, token, action }: AuditEntry): string {
  if (via === 'command') return 'A command on the hub'
  if (address === null && action === 'setup.createAdministrator') return 'Who had the setup token'
  return `${address ?? 'Not signed in'}${token === null ? '' : `, by ${token}`}`
}

/** In words, with the name that programs and a search know it by. */
function Action({ action }: Pick<AuditEntry, 'action'>) {
  const words = actionWords(action)
  if (words === null) return <Code>{action}</Code>
  return (
    <>
      {words}
      <span className="block text-muted text-xs">
        <code className="font-mono">{action}</code>
      </span>
    </>
  )
}

interface AuditTableProps {
  entries: readonly AuditEntry[]
  /** What the ids in their targets are called now. */
  names: Readonly<Record<string, string>>
}

export function AuditTable({ entries, names }: AuditTableProps) {
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
              <span className="block font-medium sm:hidden">{actionWords(entry.action) ?? entry.action}</span>
              {who(entry)}
              {entry.target !== null && (
                <span dir="auto" className="line-clamp-2 text-muted md:hidden">
                  {about(entry.target, names)}
                </span>
              )}
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
              <Action action={action} />
            </span>
          ),
        },
        {
          head: 'On what',
          from: 'md',
          cell: ({ target }) => (
            <span dir="auto" className="line-clamp-2 text-muted [overflow-wrap:anywhere]" title={given(target)}>
              {about(target, names) || '–'}
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

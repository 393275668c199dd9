import { Code, Section } from '#components/ui/layout.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { CleaningOutcome } from '#contracts/housekeeping.ts'
import { kindWords } from './words.ts'

const words: Record<CleaningOutcome['outcome'], { tone: Tone; label: string }> = {
  cleaned: { tone: 'ok', label: 'Cleaned' },
  failed: { tone: 'bad', label: 'Not cleaned' },
  waits: { tone: 'unknown', label: 'Waits' },
}

/** How each step of the last cleaning went. */
export function OutcomeList({ outcomes }: { outcomes: readonly CleaningOutcome[] }) {
  const cleaned = outcomes.filter(({ outcome }) => outcome === 'cleaned').length
  return (
    <Section title="What was done">
      <p role="status" className="mb-2 text-muted">
        {cleaned} of {outcomes.length} cleaned.
      </p>
      <Table
        caption="How each step went"
        testId="outcomes"
        rows={outcomes}
        rowKey={({ id }) => id}
        columns={[
          { head: 'Outcome', cell: ({ outcome }) => <Status {...words[outcome]} /> },
          {
            head: 'Kind',
            cell: ({ kind }) => <span className="whitespace-nowrap">{kindWords[kind]}</span>,
            from: 'sm',
          },
          { head: 'What', cell: ({ identity }) => <Code>{identity}</Code> },
          { head: 'Detail', cell: ({ detail }) => <span className="break-words">{detail}</span> },
        ]}
      />
    </Section>
  )
}

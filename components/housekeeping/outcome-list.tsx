import { Code, Section } from '#components/ui/layout.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
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
      <ul className="rounded-lg border border-line bg-surface" data-testid="outcomes">
        {outcomes.map(({ id, kind, identity, outcome, detail }) => (
          <li
            key={id}
            className="grid gap-x-4 gap-y-0.5 border-line border-b px-3 py-1.5 last:border-0 sm:grid-cols-[8rem_1fr]"
          >
            <Status {...words[outcome]} />
            <div className="min-w-0">
              {kindWords[kind]} <Code>{identity}</Code>
              {outcome !== 'cleaned' && <p className="break-words">{detail}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

import { Code, Section } from '#components/ui/layout.tsx'
import { Status } from '#components/ui/status.tsx'
import { Table } from '#components/ui/table.tsx'
import type { HousekeepingView } from '#contracts/housekeeping.ts'
import { foreignWords } from './words.ts'

/** What is near but not ours, and what could not be looked at. Nothing here has a button. */
export function ForeignList({ foreign, notSeen }: Pick<HousekeepingView, 'foreign' | 'notSeen'>) {
  return (
    <>
      {notSeen.length > 0 && (
        <Section title="Could not be looked at" lead="What may be left over there is not known.">
          <ul className="grid gap-1" data-testid="not-seen">
            {notSeen.map(({ what, why }) => (
              <li key={what}>
                <Status tone="warn" label={what} /> {why}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {foreign.length > 0 && (
        <Section
          title="Not ours, never touched"
          lead="These stand where Sendense works, but carry no mark of this hub. No clean-up ends or removes them."
        >
          <Table
            caption="What is not ours"
            testId="foreign"
            rows={foreign}
            rowKey={({ id }) => id}
            columns={[
              { head: 'Kind', cell: ({ kind }) => foreignWords[kind] },
              { head: 'What', cell: ({ identity }) => <Code>{identity}</Code> },
              { head: 'Why it is left alone', cell: ({ why }) => why, from: 'sm' },
            ]}
          />
        </Section>
      )}
    </>
  )
}

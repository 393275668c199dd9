'use client'

import { useQuery } from '@tanstack/react-query'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Status, type Tone } from '#components/ui/status.tsx'
import type { HubEvent } from '#contracts/events.ts'
import { jobWords } from './words.ts'

interface Line {
  tone: Tone
  label: string
  message: string
}

const outcomes = { ok: ['ok', 'Done'], failed: ['bad', 'Failed'], info: ['unknown', 'Note'] } as const

/** An event as a line of the log; null for what is no line. */
function lineOf({ data }: HubEvent): Line | null {
  if (data.kind === 'job.state') return { ...jobWords[data.state], message: data.message }
  if (data.kind !== 'job.step') return null
  const [tone, label] = outcomes[data.outcome]
  return { tone, label, message: data.message }
}

/** A running state is not "busy" in a log: it was entered then. */
const past = (tone: Tone): Tone => (tone === 'busy' ? 'unknown' : tone)

/** What happened in the job, oldest first; grows while it runs. */
export function EventList({ jobId }: { jobId: string }) {
  const api = useTRPC()
  const query = useQuery(api.backups.events.queryOptions({ jobId }))
  return (
    <Section title="What happened">
      <Loaded query={query}>
        {(events) => (
          <ol className="rounded-lg border border-line bg-surface" data-testid="events">
            {events.map((event) => {
              const line = lineOf(event)
              if (!line) return null
              return (
                <li
                  key={event.seq}
                  data-seq={event.seq}
                  className="grid items-baseline gap-x-4 border-line border-b px-3 py-1.5 last:border-0 md:grid-cols-[9.5rem_7rem_1fr]"
                >
                  <span className="text-muted">
                    <Time at={event.at} />
                  </span>
                  <Status tone={past(line.tone)} label={line.label} />
                  <span className="min-w-0 break-words">{line.message}</span>
                </li>
              )
            })}
          </ol>
        )}
      </Loaded>
    </Section>
  )
}

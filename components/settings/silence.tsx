'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { jobWords } from '#components/backups/words.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Field } from '#components/ui/field.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { Problem } from '#contracts/problem.ts'
import { defaultThresholds, silentPhases } from '#contracts/silence.ts'
import type { Thresholds } from '#contracts/thresholds.ts'

const KIB = 1024

/** How long a backup may be silent before the hub says a word. */
export function Silence() {
  const api = useTRPC()
  const query = useQuery(api.settings.thresholds.queryOptions())
  return (
    <Section
      title="Limits of silence"
      lead="How long each phase of a backup may take, and a copy go without a byte, before it is called slow or still, and before it is called stalled. Reading what is allocated, flushing and checking get more time for large disks. Nothing is ended by these: a stall is announced."
    >
      <Card>
        <Loaded query={query} skeleton={<FormSkeleton />}>
          {/* Other values mean another form: what is typed is kept until they come. */}
          {(thresholds) => <SilenceForm key={JSON.stringify(thresholds)} thresholds={thresholds} />}
        </Loaded>
      </Card>
    </Section>
  )
}

/** What is typed, as it is: the hub says what is wrong with it. */
function read(form: FormData): Thresholds {
  // An empty field is no zero.
  const number = (name: string) => {
    const text = String(form.get(name) ?? '').trim()
    return text === '' ? Number.NaN : Number(text)
  }
  const phases = silentPhases.map((phase) => [
    phase,
    { softSeconds: number(`${phase}.softSeconds`), hardSeconds: number(`${phase}.hardSeconds`) },
  ])
  return { ...Object.fromEntries(phases), slowBytesPerSecond: number('slowBytesPerSecond') * KIB }
}

function SilenceForm({ thresholds }: { thresholds: Thresholds }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const say = useToast()
  const [problem, setProblem] = useState<Problem | null>(null)
  const save = useMutation(
    api.settings.setThresholds.mutationOptions({
      onSuccess: (saved) => {
        setProblem(null)
        cache.setQueryData(api.settings.thresholds.queryKey(), saved)
        say({ tone: 'ok', title: 'Saved', detail: 'It holds for running backups too, within seconds.' })
      },
      onError: (error) => setProblem(problemOf(error)),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(read(new FormData(event.currentTarget)))
  }
  return (
    <form method="post" onSubmit={submit} noValidate>
      {problem && <ProblemPanel problem={problem} title="Not saved" />}
      <div className="grid gap-x-6 sm:grid-cols-2">
        {silentPhases.map((phase) => (
          <Phase key={phase} phase={phase} limits={thresholds[phase]} problem={problem} />
        ))}
        <fieldset className="min-w-0">
          <legend className="mb-1 font-semibold">Rate of a copy</legend>
          <Field
            name="slowBytesPerSecond"
            label="Slow below (KiB a second; 0: never)"
            inputMode="numeric"
            defaultValue={thresholds.slowBytesPerSecond / KIB}
            problem={problem}
          />
        </fieldset>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button rule="manage" look="primary" type="submit" busy={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
        <ConfirmButton
          rule="manage"
          label="Back to the defaults"
          question="Forget these limits?"
          consequence="All limits become what Sendense came with, at once."
          yes="Yes, take the defaults"
          no="No, keep these"
          busy={save.isPending}
          onConfirm={() => save.mutate(defaultThresholds)}
        />
      </div>
    </form>
  )
}

interface PhaseProps {
  phase: (typeof silentPhases)[number]
  limits: Thresholds['copying']
  problem: Problem | null
}

function Phase({ phase, limits, problem }: PhaseProps) {
  const { label } = jobWords[phase]
  // A copy that moves is slow by its rate, below.
  const soft = phase === 'copying' ? 'Still after' : 'Slow after'
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-semibold">{label}</legend>
      <div className="grid grid-cols-2 items-end gap-x-3">
        <Field
          name={`${phase}.softSeconds`}
          label={`${soft} (seconds)`}
          aria-label={`${label}: ${soft} (seconds)`}
          inputMode="numeric"
          defaultValue={limits.softSeconds}
          problem={problem}
        />
        <Field
          name={`${phase}.hardSeconds`}
          label="Stalled after (seconds)"
          aria-label={`${label}: Stalled after (seconds)`}
          inputMode="numeric"
          defaultValue={limits.hardSeconds}
          problem={problem}
        />
      </div>
    </fieldset>
  )
}

function FormSkeleton() {
  return (
    <Waiting what="the limits">
      <div className="grid gap-3 sm:grid-cols-2">
        {silentPhases.map((phase) => (
          <Skeleton key={phase} className="h-9" />
        ))}
      </div>
    </Waiting>
  )
}

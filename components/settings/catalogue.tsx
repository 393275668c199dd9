'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { useToast } from '#components/ui/toast.tsx'
import type { Problem } from '#contracts/problem.ts'

const MINUTE = 60

/** How often the catalogue is held against the disk. */
export function CatalogueSettings() {
  const api = useTRPC()
  const query = useQuery(api.settings.catalogue.queryOptions())
  return (
    <Section
      title="Looking at restore points"
      lead="How often the files of all restore points are compared with what was committed. What could not be looked at for three rounds no longer counts as a backup. The digest maps are read once a day."
    >
      <Card>
        <Loaded query={query} skeleton={<FormSkeleton />}>
          {({ lookEverySeconds }) => <LookForm key={lookEverySeconds} minutes={lookEverySeconds / MINUTE} />}
        </Loaded>
      </Card>
    </Section>
  )
}

function LookForm({ minutes }: { minutes: number }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const say = useToast()
  const [problem, setProblem] = useState<Problem | null>(null)
  const save = useMutation(
    api.settings.setCatalogue.mutationOptions({
      onSuccess: (saved) => {
        setProblem(null)
        cache.setQueryData(api.settings.catalogue.queryKey(), saved)
        say({ tone: 'ok', title: 'Saved', detail: 'It holds within seconds.' })
      },
      onError: (error) => setProblem(problemOf(error)),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('lookEverySeconds') ?? '').trim()
    save.mutate({ lookEverySeconds: text === '' ? Number.NaN : Number(text) * MINUTE })
  }
  return (
    <form method="post" onSubmit={submit} noValidate>
      {problem && <ProblemPanel problem={problem} title="Not saved" />}
      <Field
        name="lookEverySeconds"
        label="Look every (minutes, 1 to 1440)"
        inputMode="numeric"
        defaultValue={minutes}
        problem={problem}
      />
      <Button rule="manage" look="primary" type="submit" busy={save.isPending}>
        {save.isPending ? 'Saving…' : 'Save'}
      </Button>
    </form>
  )
}

function FormSkeleton() {
  return (
    <Waiting what="the setting">
      <Skeleton className="h-9" />
    </Waiting>
  )
}

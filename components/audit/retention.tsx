'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Question } from '#components/ui/dialog.tsx'
import { Field } from '#components/ui/field.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { useToast } from '#components/ui/toast.tsx'
import { LEAST_AUDIT_DAYS } from '#contracts/audit-rules.ts'

/** How long the trail is kept. */
export function Retention() {
  const api = useTRPC()
  const cache = useQueryClient()
  const say = useToast()
  const query = useQuery(api.audit.retention.queryOptions())
  const save = useMutation(
    api.audit.setRetention.mutationOptions({
      onSuccess: (kept) => {
        cache.setQueryData(api.audit.retention.queryKey(), kept)
        void cache.invalidateQueries({ queryKey: api.audit.list.queryKey() })
        say({ tone: 'ok', title: `The audit trail is kept for ${kept.days} days` })
      },
    }),
  )
  const [asked, setAsked] = useState<number | null>(null)
  const problem = save.error ? problemOf(save.error) : null
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('days') ?? '').trim()
    const days = text === '' ? Number.NaN : Number(text)
    // What is out of the trail is out for good.
    if (query.data && days >= LEAST_AUDIT_DAYS && days < query.data.days) setAsked(days)
    else save.mutate({ days })
  }
  const skeleton = (
    <Waiting what="how long it is kept">
      <Skeleton className="h-9 w-48" />
    </Waiting>
  )
  return (
    <Section title="How long it is kept">
      <Card className="max-w-md">
        <Loaded query={query} skeleton={skeleton}>
          {({ days }) => (
            <form method="post" noValidate onSubmit={submit}>
              <Field
                key={days}
                name="days"
                label="Days"
                hint={`${LEAST_AUDIT_DAYS} at least. What is older is taken out at once, and then by itself.`}
                inputMode="numeric"
                defaultValue={days}
                problem={problem}
              />
              <Button type="submit" busy={save.isPending}>
                Save
              </Button>
            </form>
          )}
        </Loaded>
        <Question
          open={asked !== null}
          onOpenChange={(open) => !open && setAsked(null)}
          question={`Take out what is older than ${asked} days?`}
          consequence="It is deleted at once and cannot be brought back. Save it as CSV first if it may be needed."
          yes="Yes, delete it"
          no="No, keep it"
          onConfirm={() => asked !== null && save.mutate({ days: asked })}
        />
      </Card>
    </Section>
  )
}

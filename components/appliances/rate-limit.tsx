'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Gauge } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import { LEAST_LIMIT_MIB, MIB, MOST_LIMIT_MIB } from '#contracts/limit.ts'
import type { Problem } from '#contracts/problem.ts'
import type { ApplianceView } from '#contracts/views.ts'
import { limitStanding, limitWords } from '#lib/format/limit.ts'

const FIELD = 'mibPerSecond'

/** What all running jobs of an appliance may send together, whether that is in force, and how to change it. */
export function RateLimit({ appliance }: { appliance: ApplianceView }) {
  const [open, setOpen] = useState(false)
  const { limitMibPerSecond, appliedLimit, state } = appliance
  const wanted = limitMibPerSecond === null ? null : limitMibPerSecond * MIB
  const { inForce, words } = limitStanding({ wanted, applied: appliedLimit, online: state === 'online' })
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2" data-testid="rate-limit">
      <span className="tabular-nums">{limitWords(wanted)}</span>
      <Status tone={inForce ? 'ok' : 'unknown'} label={words} wrap />
      <Button rule="manage" icon={<Gauge aria-hidden="true" />} onClick={() => setOpen(true)}>
        Set limit
      </Button>
      <Dialog
        rule="manage"
        open={open}
        onOpenChange={setOpen}
        title={`Rate limit of ${appliance.name}`}
        description="All running backups of this appliance share it. It acts on them within 2 s. An appliance that is away will be told when it is back."
      >
        <LimitForm appliance={appliance} onDone={() => setOpen(false)} />
      </Dialog>
    </div>
  )
}

/** What was typed; a problem when it is no such number. */
function read(text: string): number | Problem {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= LEAST_LIMIT_MIB && value <= MOST_LIMIT_MIB) return value
  return {
    code: 'bad_input',
    field: FIELD,
    happened: `Give a whole number from ${LEAST_LIMIT_MIB} to ${MOST_LIMIT_MIB}.`,
  }
}

function LimitForm({ appliance, onDone }: { appliance: ApplianceView; onDone: () => void }) {
  const api = useTRPC()
  const cache = useQueryClient()
  const [problem, setProblem] = useState<Problem | null>(null)
  const save = useMutation(
    api.appliances.setLimit.mutationOptions({
      onSuccess: async () => {
        await cache.invalidateQueries({ queryKey: api.appliances.list.queryKey() })
        onDone()
      },
      onError: (error) => setProblem(problemOf(error)),
    }),
  )
  const { id, limitMibPerSecond } = appliance
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = read(String(new FormData(event.currentTarget).get(FIELD) ?? '').trim())
    if (typeof given === 'number') save.mutate({ id, mibPerSecond: given })
    else setProblem(given)
  }
  return (
    <form method="post" onSubmit={submit} noValidate>
      {problem && problem.field !== FIELD && <ProblemPanel problem={problem} title="Not saved" />}
      <Field
        name={FIELD}
        label="MiB a second"
        hint={limitMibPerSecond === null ? 'There is no limit now.' : `Now: ${limitMibPerSecond}.`}
        inputMode="numeric"
        autoComplete="off"
        defaultValue={limitMibPerSecond ?? ''}
        problem={problem}
      />
      <DialogActions>
        <Button
          busy={save.isPending}
          disabled={limitMibPerSecond === null}
          onClick={() => save.mutate({ id, mibPerSecond: null })}
        >
          Remove limit
        </Button>
        <Button look="primary" type="submit" busy={save.isPending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

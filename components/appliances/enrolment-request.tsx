'use client'

import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Field } from '#components/ui/field.tsx'
import { Code, Facts } from '#components/ui/layout.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { APPLIANCE_NAME_MAX } from '#contracts/appliance-name.ts'
import type { EnrolmentView } from '#contracts/enrolment.ts'

export type Asking = EnrolmentView & { request: NonNullable<EnrolmentView['request']> }

/** An appliance that used a pairing code: who it says it is, and the decision. */
export function EnrolmentRequest({ asking }: { asking: Asking }) {
  const api = useTRPC()
  const approve = useMutation(api.enrolments.approve.mutationOptions())
  const reject = useMutation(api.enrolments.reject.mutationOptions())
  const { id, request } = asking
  const error = approve.error ?? reject.error
  const problem = error ? problemOf(error) : null
  // Several requests stand on one page: each has a field of its own.
  const field = `name-${id}`
  const ofField =
    problem?.field === 'name' ? { ...problem, field, happened: problem.happened.replace('name: ', '') } : null
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    approve.mutate({ id, name: String(new FormData(event.currentTarget).get(field) ?? '') })
  }
  return (
    <form method="post" onSubmit={submit} data-testid="enrolment-request">
      <p className="mb-3">
        An appliance asks to be let in. <strong className="font-semibold">Compare its key</strong> with the one that{' '}
        <code className="font-mono text-code">enroll</code> printed there: only the same key is the same appliance.
      </p>
      <p className="mb-4 rounded-md border border-line bg-sunken px-3 py-2">
        <span className="block text-muted text-xs">Its key</span>
        <code className="break-all font-mono text-code" data-testid="enrolment-key">
          {request.fingerprint}
        </code>
      </p>
      <Facts
        items={{
          Asked: <Time at={request.at} />,
          From: request.address === null ? 'Not known' : <Code>{request.address}</Code>,
          Build: <Code>{request.buildId}</Code>,
          Protocol: request.protocol,
        }}
      />
      {request.replaces !== null && (
        <div className="mt-4">
          <Notice tone="warn" title={`It takes the place of ${request.replaces}, which is revoked`}>
            It has the same key or the same name: the machines of {request.replaces} and their backups go on with it.
            Give it another name if it is another appliance.
          </Notice>
        </div>
      )}
      <div className="mt-4 [&>*]:mb-0">
        <Field
          name={field}
          label="Name"
          defaultValue={request.name}
          required
          maxLength={APPLIANCE_NAME_MAX}
          autoComplete="off"
          problem={ofField}
        />
      </div>
      {problem && ofField === null && (
        <div className="mt-4 [&>*]:mb-0">
          <ProblemPanel problem={problem} title="Not decided" />
        </div>
      )}
      <div className="mt-4 flex flex-wrap justify-end gap-2 max-sm:[&>button]:flex-1">
        <Button
          rule="manage"
          busy={reject.isPending}
          disabled={approve.isPending}
          onClick={() => reject.mutate({ id })}
        >
          {reject.isPending ? 'Rejecting…' : 'Reject'}
        </Button>
        <Button rule="manage" look="primary" type="submit" busy={approve.isPending} disabled={reject.isPending}>
          {approve.isPending ? 'Letting it in…' : 'Approve'}
        </Button>
      </div>
    </form>
  )
}

'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useRef } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmButton } from '#components/ui/dialog.tsx'
import { Field } from '#components/ui/field.tsx'
import { Card, Code, Empty, Facts, PageHeader, Section } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProbeLine } from '#components/ui/probe-result.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { RepositoryView } from '#contracts/views.ts'

export function RepositoryPage() {
  const api = useTRPC()
  const query = useQuery(api.repositories.list.queryOptions())
  return (
    <>
      <PageHeader title="Repositories" lead="Directories where backups are kept, as plain QCOW2 files." />
      <Loaded query={query}>
        {(repositories) =>
          repositories.length === 0 ? (
            <div className="mb-6">
              <Empty>There is no repository yet. Add a directory below.</Empty>
            </div>
          ) : (
            <ul className="mb-6 grid gap-3" data-testid="repositories">
              {repositories.map((repository) => (
                <li key={repository.id}>
                  <Repository repository={repository} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddRepository />
    </>
  )
}

function Repository({ repository }: { repository: RepositoryView }) {
  const api = useTRPC()
  const probe = useMutation(api.repositories.probe.mutationOptions())
  const remove = useMutation(api.repositories.remove.mutationOptions())
  const failed = probe.error ?? remove.error
  const { id, name, path, problem, freeBytes, totalBytes, backupCount, checkedAt } = repository
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">{name}</h2>
        <Status
          tone={problem ? 'bad' : checkedAt ? 'ok' : 'unknown'}
          label={problem ? 'Not usable' : checkedAt ? 'Usable' : 'Not checked yet'}
        />
      </div>
      {problem && <ProblemPanel problem={problem} title="Not usable" />}
      {failed && <ProblemPanel problem={problemOf(failed)} title="Refused" />}
      <Facts
        items={{
          Path: <Code>{path}</Code>,
          Free: (
            <span>
              <Bytes value={freeBytes} /> of <Bytes value={totalBytes} />
            </span>
          ),

          'Restore points': backupCount,
          Checked: checkedAt === null ? 'Never' : <Time at={checkedAt} />,
        }}
      />
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <Button busy={probe.isPending} onClick={() => probe.mutate({ id })}>
          {probe.isPending ? 'Checking…' : 'Check'}
        </Button>
        <ConfirmButton
          label="Forget"
          question="Forget this repository? Its files stay."
          yes="Yes, forget it"
          no="No"
          busy={remove.isPending}
          onConfirm={() => remove.mutate({ id })}
        />
        {probe.data && <ProbeLine result={probe.data} />}
      </div>
    </Card>
  )
}

function AddRepository() {
  const api = useTRPC()
  const form = useRef<HTMLFormElement>(null)
  const create = useMutation(api.repositories.create.mutationOptions({ onSuccess: () => form.current?.reset() }))
  const problem = create.error ? problemOf(create.error) : null
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    create.mutate({ name: String(data.get('name')), path: String(data.get('path')) })
  }
  return (
    <Section title="Add a repository">
      <Card>
        <form ref={form} method="post" onSubmit={submit} className="max-w-lg">
          {problem && <ProblemPanel problem={problem} title="Not added" />}
          {create.data && (
            <p role="status" className="mb-3">
              <Status tone="ok" label="Added" /> {create.data.name}
            </p>
          )}
          <Field name="name" label="Name" required maxLength={63} autoComplete="off" problem={problem} />
          <Field
            name="path"
            label="Path on the hub"
            hint="An absolute path, like /srv/backups. A missing directory is made. Best is a file system of its own."
            required
            pattern="/.*"
            autoComplete="off"
            spellCheck={false}
            problem={problem}
          />
          <Button look="primary" type="submit" busy={create.isPending}>
            {create.isPending ? 'Adding…' : 'Add repository'}
          </Button>
        </form>
      </Card>
    </Section>
  )
}

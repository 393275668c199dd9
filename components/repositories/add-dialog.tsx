'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Field } from '#components/ui/field.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { useToast } from '#components/ui/toast.tsx'
import { CheckList } from './check-list.tsx'

/** Name and path, every check, and only then the button that makes it. */
export function AddRepository({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      rule="manage"
      open={open}
      onOpenChange={onOpenChange}
      title="Add a repository"
      description="A directory on the hub where backups are kept as plain QCOW2 files. Nothing is made before you add it."
      wide
    >
      <AddForm onDone={() => onOpenChange(false)} />
    </Dialog>
  )
}

function AddForm({ onDone }: { onDone: () => void }) {
  const api = useTRPC()
  const say = useToast()
  const [name, setName] = useState('')
  const [path, setPath] = useState('')
  const check = useMutation(api.repositories.check.mutationOptions())
  const create = useMutation(
    api.repositories.create.mutationOptions({
      onSuccess: (made) => {
        say({ tone: 'ok', title: `${made.name} was added`, detail: made.path })
        onDone()
      },
    }),
  )
  const error = create.error ?? check.error
  const problem = error ? problemOf(error) : null
  // An answer is about the path that was asked: another one has not been looked at.
  const checked = check.data && check.variables?.path === path.trim() ? check.data : null
  const ready = checked?.usable === true && name.trim() !== ''

  function look() {
    create.reset()
    check.mutate({ path: path.trim() })
  }
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (ready) create.mutate({ name: name.trim(), path: path.trim() })
    else look()
  }
  return (
    <form method="post" onSubmit={submit}>
      {problem && problem.field === undefined && <ProblemPanel problem={problem} title="Not added" />}
      <Field
        name="name"
        label="Name"
        required
        maxLength={63}
        autoComplete="off"
        problem={problem}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        name="path"
        label="Path on the hub"
        hint="From the root, like /srv/backups. Best is a file system of its own."
        required
        maxLength={1000}
        autoComplete="off"
        spellCheck={false}
        problem={problem}
        value={path}
        onChange={(event) => setPath(event.target.value)}
      />
      {checked && <CheckList check={checked} busy={check.isPending} />}
      <Foot>
        <Button look={ready ? 'plain' : 'primary'} busy={check.isPending} disabled={path.trim() === ''} onClick={look}>
          {check.isPending ? 'Checking…' : 'Check'}
        </Button>
        <Button look={ready ? 'primary' : 'plain'} type="submit" busy={create.isPending} disabled={!ready}>
          {create.isPending ? 'Adding…' : 'Add repository'}
        </Button>
      </Foot>
    </form>
  )
}

/** The buttons stay in view while the checks are scrolled. */
function Foot({ children }: { children: ReactNode }) {
  return (
    <div className="sticky -bottom-5 -mb-5 bg-raised pb-5">
      <DialogActions>{children}</DialogActions>
    </div>
  )
}

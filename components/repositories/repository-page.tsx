'use client'

import { useQuery } from '@tanstack/react-query'
import { HardDrive, Plus } from 'lucide-react'
import { useTRPC } from '#components/trpc/client.tsx'
import { Button } from '#components/ui/button.tsx'
import { useFlag } from '#components/ui/flag.ts'
import { Empty, PageHeader } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { CardsSkeleton } from '#components/ui/skeleton.tsx'
import { AddRepository } from './add-dialog.tsx'
import { RepositoryCard } from './repository-card.tsx'

export function RepositoryPage() {
  const api = useTRPC()
  const query = useQuery(api.repositories.list.queryOptions())
  const [adding, setAdding] = useFlag('add')
  const add = (
    <Button rule="manage" look="primary" icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
      Add a repository
    </Button>
  )
  const none = query.data?.length === 0
  return (
    <>
      <PageHeader
        title="Repositories"
        lead="Directories where backups are kept, as plain QCOW2 files."
        actions={none ? null : add}
      />
      <Loaded query={query} skeleton={<CardsSkeleton what="the repositories" />}>
        {(repositories) =>
          none ? (
            <Empty icon={HardDrive} action={add}>
              There is no repository yet: backups need a directory on the hub to be kept in.
            </Empty>
          ) : (
            <ul className="grid gap-3" data-testid="repositories">
              {repositories.map((repository) => (
                <li key={repository.id}>
                  <RepositoryCard repository={repository} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <AddRepository open={adding} onOpenChange={setAdding} />
    </>
  )
}

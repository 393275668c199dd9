'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#components/trpc/client.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import type { OverviewView } from '#contracts/views.ts'
import { Appliances } from './appliances.tsx'
import { Capacity } from './capacity.tsx'
import { Checklist } from './checklist.tsx'
import { Concerns } from './concerns.tsx'
import { firstSteps } from './first-steps.ts'
import { reassure } from './reassurance.ts'
import { ReassuranceBanner } from './reassurance-banner.tsx'
import { Recent } from './recent.tsx'
import { Running } from './running.tsx'
import { OverviewSkeleton } from './skeleton.tsx'

/** The page people open first: how things are in one sentence, then what that rests on. */
export function Overview() {
  const api = useTRPC()
  const query = useQuery(api.overview.get.queryOptions())
  return (
    <>
      <PageHeader title="Overview" />
      <Loaded query={query} skeleton={<OverviewSkeleton />}>
        {(overview) => <Parts overview={overview} />}
      </Loaded>
    </>
  )
}

/** A part that has nothing to show yet is left out: the first steps lead to it. */
function Parts({ overview }: { overview: OverviewView }) {
  const { known, concerns, running, repositories, appliances, recent, recentDays } = overview
  const failed = concerns.failed + concerns.unusable > 0
  const begun = known.backups > 0 || failed
  // What failed stands above what runs, however much that is; what only lacks a backup can wait.
  const needs = begun && <Concerns concerns={concerns} recentDays={recentDays} />
  return (
    <>
      <ReassuranceBanner reassurance={reassure(overview)} />
      <Checklist steps={firstSteps(known)} />
      {failed && needs}
      {(known.vms > 0 || running.count > 0) && <Running running={running} />}
      {!failed && needs}
      <div className="grid gap-x-6 lg:grid-cols-2">
        {repositories.length > 0 && <Capacity repositories={repositories} />}
        {appliances.length > 0 && <Appliances appliances={appliances} />}
      </div>
      <Recent points={recent} />
    </>
  )
}

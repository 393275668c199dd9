'use client'

import { useQuery } from '@tanstack/react-query'
import { type LucideIcon, PlugZap, SearchX, ShieldAlert, Warehouse } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTRPC } from '#components/trpc/client.tsx'
import { buttonClass } from '#components/ui/button.tsx'
import { Link } from '#components/ui/link.tsx'
import { isUsable, standingLabels } from '#contracts/standing.ts'
import type { VmView } from '#contracts/views.ts'
import { applianceWords } from './backup-plan.ts'

/** What keeps the machine from being backed up, each with what is safe and where to go. */
export function VmNotices({ vm }: { vm: VmView }) {
  const api = useTRPC()
  const { data: repositories } = useQuery(api.repositories.list.queryOptions())
  return (
    <>
      {vm.newestStanding !== null && !isUsable(vm.newestStanding) && (
        <Notice icon={ShieldAlert} title="This machine is not protected">
          Its newest restore point does not count: {standingLabels[vm.newestStanding].toLowerCase()}. The list below
          says why. {vm.lastBackupAt === null ? 'No older one counts either.' : 'An older one counts.'}
        </Notice>
      )}
      {vm.missing && (
        <Notice icon={SearchX} title="Gone from its source">
          {vm.source} no longer lists it. Its restore points stay; it cannot be backed up until it is listed again.
        </Notice>
      )}
      {vm.applianceState !== 'online' && (
        <Notice
          icon={PlugZap}
          title={`Appliance ${vm.applianceName} is ${applianceWords[vm.applianceState]}`}
          action={{ href: '/appliances', label: 'See the appliances' }}
        >
          A backup needs it online. Restore points are on the hub and are not concerned.
        </Notice>
      )}
      {repositories?.length === 0 && (
        <Notice
          icon={Warehouse}
          title="No repository yet"
          action={{ href: '/repositories?add=1', label: 'Add a repository' }}
        >
          A backup needs a place to be kept in: a directory on the hub.
        </Notice>
      )}
    </>
  )
}

function Notice(props: {
  icon: LucideIcon
  title: string
  children: ReactNode
  action?: { href: string; label: string }
}) {
  const Icon = props.icon
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3 rounded-lg border border-line bg-warn-soft p-3">
      <Icon className="size-5 shrink-0 text-warn" strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-60">
        <p className="break-words font-medium">{props.title}</p>
        <p>{props.children}</p>
      </div>
      {props.action && (
        <Link data-plain className={buttonClass()} href={props.action.href}>
          {props.action.label}
        </Link>
      )}
    </div>
  )
}

'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useMay } from '#components/access/who.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Menu } from '#components/ui/menu.tsx'
import { useToast } from '#components/ui/toast.tsx'

const machines = (count: number) => (count === 1 ? '1 machine' : `${count} machines`)

/** Asks one appliance for its inventory now; with several, the person chooses which. */
export function RefreshInventory() {
  const api = useTRPC()
  const say = useToast()
  const may = useMay()
  const { data: appliances = [] } = useQuery(api.appliances.list.queryOptions())
  const refresh = useMutation(api.vms.refresh.mutationOptions())
  const ask = ({ id, name }: { id: string; name: string }) =>
    refresh.mutate(
      { applianceId: id },
      {
        onSuccess: ({ found, problems }) =>
          say(
            problems.length > 0
              ? { tone: 'bad', title: `${name}: not all could be read`, detail: problems.join(' ') }
              : { tone: 'ok', title: `${name} lists ${machines(found)}` },
          ),
        onError: (error) => say({ tone: 'bad', title: `${name} was not asked`, detail: problemOf(error).happened }),
      },
    )
  const [first] = appliances
  if (first === undefined || !may('backup')) return null
  const label = refresh.isPending ? 'Asking…' : 'Refresh inventory'
  const icon = <RefreshCw aria-hidden="true" />
  if (appliances.length === 1) {
    return (
      <Button
        rule="backup"
        icon={icon}
        busy={refresh.isPending}
        disabled={first.state !== 'online'}
        title={first.state === 'online' ? undefined : `${first.name} is ${first.state}`}
        onClick={() => ask(first)}
      >
        {label}
      </Button>
    )
  }
  return (
    <Menu
      trigger={
        <Button icon={icon} busy={refresh.isPending}>
          {label}
        </Button>
      }
      items={appliances.map((appliance) => ({
        label: appliance.state === 'online' ? appliance.name : `${appliance.name} (${appliance.state})`,
        disabled: appliance.state !== 'online',
        onSelect: () => ask(appliance),
      }))}
    />
  )
}

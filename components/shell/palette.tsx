'use client'

import * as Radix from '@radix-ui/react-dialog'
import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { useMemo, useState } from 'react'
import { signOut } from '#components/auth/sign-out.ts'
import { useTRPC } from '#components/trpc/client.tsx'
import { findItems, type PaletteItem } from './palette-items.ts'
import { places } from './places.ts'
import { themes } from './theme-menu.tsx'

interface Entry extends PaletteItem {
  run: () => void
}

/** Every page, machine and action, from the keyboard. */
export function Palette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_10_14/0.45)]" />
        <Radix.Content
          aria-describedby={undefined}
          className="appear fixed top-[10vh] left-1/2 z-50 w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-raised focus:outline-none"
        >
          <Radix.Title className="sr-only">Search or jump to</Radix.Title>
          <Finder onDone={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function Finder({ onDone }: { onDone: () => void }) {
  const entries = useEntries()
  const [query, setQuery] = useState('')
  const found = findItems(entries, query)
  const groups = (['Pages', 'Actions', 'Virtual machines'] as const).filter((group) =>
    found.some((item) => item.group === group),
  )
  const run = (id: string) => {
    onDone()
    entries.find((entry) => entry.id === id)?.run()
  }
  return (
    <Command shouldFilter={false} label="Search or jump to" loop>
      <Command.Input
        autoFocus
        value={query}
        onValueChange={setQuery}
        placeholder="Page, virtual machine or action"
        className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="p-4 text-center text-muted">Nothing matches.</Command.Empty>
        {groups.map((group) => (
          <Command.Group
            key={group}
            heading={group}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs"
          >
            {found
              .filter((item) => item.group === group)
              .map(({ id, label, hint }) => (
                <Command.Item
                  key={id}
                  value={id}
                  onSelect={() => run(id)}
                  className="flex min-h-8 cursor-default items-center justify-between gap-4 rounded-md px-2 py-1 data-[selected=true]:bg-hover pointer-coarse:min-h-10"
                >
                  <span className="min-w-0 break-words">{label}</span>
                  {hint && <span className="shrink-0 text-muted text-xs">{hint}</span>}
                </Command.Item>
              ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  )
}

function useEntries(): Entry[] {
  const api = useTRPC()
  const router = useRouter()
  const { setTheme } = useTheme()
  const { data: vms } = useQuery(api.vms.list.queryOptions())
  return useMemo(() => {
    const go = (href: string) => () => router.push(href)
    const pages = places.map(({ href, name }): Entry => ({ id: href, group: 'Pages', label: name, run: go(href) }))
    const actions: Entry[] = [
      { id: 'add-repository', label: 'Add a repository', words: 'storage path', run: go('/repositories?add=1') },
      { id: 'add-appliance', label: 'Let an appliance in', words: 'register enrol key', run: go('/appliances?add=1') },
      ...themes.map(({ value, label }) => ({
        id: `theme-${value}`,
        label: `Theme: ${label.toLowerCase()}`,
        words: 'look colours mode',
        run: () => setTheme(value),
      })),
      { id: 'sign-out', label: 'Sign out', words: 'log off leave', run: () => void signOut() },
    ].map((entry) => ({ ...entry, group: 'Actions' as const }))
    const machines = (vms ?? []).flatMap(({ id, name, applianceName }): Entry[] => [
      { id: `vm-${id}`, group: 'Virtual machines', label: name, hint: applianceName, run: go(`/vms/${id}`) },
      {
        id: `backup-${id}`,
        group: 'Virtual machines',
        label: `Back up ${name}`,
        hint: applianceName,
        run: go(`/vms/${id}?backup=1`),
      },
    ])
    return [...pages, ...actions, ...machines]
  }, [router, setTheme, vms])
}

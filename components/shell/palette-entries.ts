'use client'

import { useQuery } from '@tanstack/react-query'
import { Archive, HardDrive, LogOut, type LucideIcon, Monitor, Server, Settings2, ShieldCheck } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { useMemo } from 'react'
import { useMay } from '#components/access/who.tsx'
import { signOut } from '#components/auth/sign-out.ts'
import { settingsTabs } from '#components/settings/tabs.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import type { RuleName } from '#contracts/access.ts'
import type { PaletteItem } from './palette-items.ts'
import { places } from './places.ts'
import { themes } from './theme-menu.tsx'

export interface Entry extends PaletteItem {
  icon: LucideIcon
  run: () => void
}

/** Everything the palette finds. The machines' names are asked for when it opens, and only their names. */
export function useEntries(): { entries: Entry[]; machines: 'reading' | 'failed' | number } {
  const api = useTRPC()
  const router = useRouter()
  const { setTheme } = useTheme()
  const may = useMay()
  const { data, isError } = useQuery(api.overview.machines.queryOptions())
  const entries = useMemo(() => {
    const go = (href: string) => () => router.push(href)
    const pages = places.map(
      ({ href, name, icon }): Entry => ({ id: href, group: 'Pages', label: name, icon, run: go(href) }),
    )
    const inSettings = settingsTabs
      .filter(({ href, rule }) => href !== '/settings' && may(rule))
      .map(({ href, name, words }): Entry => {
        const page = { group: 'Pages' as const, label: `Settings: ${name}`, words, icon: Settings2 }
        return { ...page, id: href, run: go(href) }
      })
    // What the person's role may not do is not offered.
    const offered: (Omit<Entry, 'group'> & { rule?: RuleName })[] = [
      {
        id: 'add-repository',
        label: 'Add a repository',
        words: 'storage path',
        rule: 'manage',
        icon: HardDrive,
        run: go('/repositories?add=1'),
      },
      {
        id: 'add-appliance',
        label: 'Add an appliance',
        words: 'register enrol add key',
        rule: 'manage',
        icon: Server,
        run: go('/appliances?add=1'),
      },
      ...themes.map(({ value, label, icon }) => ({
        id: `theme-${value}`,
        label: `Theme: ${label.toLowerCase()}`,
        words: 'look colours mode',
        icon,
        run: () => setTheme(value),
      })),
      { id: 'sign-out', label: 'Sign out', words: 'log off leave', icon: LogOut, run: () => void signOut() },
    ]
    const actions = offered.filter(({ rule }) => may(rule)).map((entry): Entry => ({ ...entry, group: 'Actions' }))
    const machines = (data ?? []).flatMap(({ id, name, applianceName, missing }): Entry[] => {
      const found = { group: 'Virtual machines' as const, hint: missing ? 'Gone from its source' : applianceName }
      const page = { ...found, id: `vm-${id}`, label: name, icon: Monitor, run: go(`/vms/${id}`) }
      const backup = { ...found, id: `backup-${id}`, label: `Back up ${name}`, icon: Archive }
      const check = { ...found, id: `check-${id}`, label: `Check ${name}`, words: 'canary test try', icon: ShieldCheck }
      if (missing || !may('backup')) return [page]
      return [page, { ...backup, run: go(`/vms/${id}?backup=1`) }, { ...check, run: go(`/vms/${id}?check=1`) }]
    })
    return [...pages, ...inSettings, ...actions, ...machines]
  }, [router, setTheme, data, may])
  return { entries, machines: data?.length ?? (isError ? 'failed' : 'reading') }
}

'use client'

import { Check, Monitor, Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { useHydrated } from '#components/format/hydrated.ts'
import { IconButton } from '#components/ui/button.tsx'
import { Menu } from '#components/ui/menu.tsx'

export const themes = [
  { value: 'system', label: 'System', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const

export function ThemeMenu() {
  const hydrated = useHydrated()
  const { theme, setTheme, resolvedTheme } = useTheme()
  const Icon = hydrated && resolvedTheme === 'dark' ? Moon : Sun
  return (
    <Menu
      trigger={<IconButton label="Theme" icon={<Icon aria-hidden="true" />} />}
      items={themes.map(({ value, label, icon: Own }) => ({
        label: value === theme ? `${label} (chosen)` : label,
        icon: value === theme ? <Check aria-hidden="true" /> : <Own aria-hidden="true" />,
        onSelect: () => setTheme(value),
      }))}
    />
  )
}

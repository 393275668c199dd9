'use client'

import { useTheme } from 'next-themes'
import { useHydrated } from '#components/format/hydrated.ts'
import { zoneWords } from '#components/format/zone.ts'
import { themes } from '#components/shell/theme-menu.tsx'
import { Card, Section } from '#components/ui/layout.tsx'
import { Segmented } from '#components/ui/segmented.tsx'

const options = themes.map(({ value, label, icon: Icon }) => ({
  value,
  label: (
    <span className="inline-flex items-center gap-1.5">
      <Icon className="size-3.5" aria-hidden="true" />
      {label}
    </span>
  ),
}))

/** Light, dark, or as the system has it. */
export function Look() {
  const hydrated = useHydrated()
  const { theme, setTheme } = useTheme()
  const known = options.find(({ value }) => value === theme)?.value ?? 'system'
  return (
    <Section title="Appearance">
      <Card className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <p className="text-muted">
          Kept in this browser. {hydrated && `Times are shown in its zone, now ${zoneWords(new Date())}.`}
        </p>
        <Segmented label="Theme" value={hydrated ? known : 'system'} options={options} onChange={setTheme} />
      </Card>
    </Section>
  )
}

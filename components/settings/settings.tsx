import { PageHeader } from '#components/ui/layout.tsx'
import { Account, type Person } from './account.tsx'
import { Look } from './look.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { SettingsTabs } from './tabs.tsx'

/** What is the person's own. */
export function Settings({ person }: { person: Person }) {
  return (
    <>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <div className="max-w-5xl">
        <Account person={person} />
        <Look />
        <Shortcuts />
      </div>
    </>
  )
}

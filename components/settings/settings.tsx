import { May } from '#components/access/who.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { Account, type Person } from './account.tsx'
import { type Addresses, HubAddresses, ThisHub } from './hub.tsx'
import { Look } from './look.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { Silence } from './silence.tsx'
import { Support } from './support.tsx'
import { SettingsTabs } from './tabs.tsx'

/** The person's own things first, then the hub's. */
export function Settings({ person, addresses }: { person: Person; addresses: Addresses }) {
  return (
    <>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <div className="max-w-4xl">
        <Account person={person} />
        <Look />
        <ThisHub />
        <Silence />
        <HubAddresses addresses={addresses} />
        <May rule="manage">
          <Support />
        </May>
        <Shortcuts />
      </div>
    </>
  )
}

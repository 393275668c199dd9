import { May } from '#components/access/who.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { CatalogueSettings } from './catalogue.tsx'
import { type Addresses, HubAddresses, ThisHub } from './hub.tsx'
import { Silence } from './silence.tsx'
import { Support } from './support.tsx'
import { SettingsTabs } from './tabs.tsx'

/** What holds for the whole hub. */
export function HubSettings({ version, addresses }: { version: string; addresses: Addresses }) {
  return (
    <>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <div className="max-w-5xl">
        <ThisHub version={version} />
        <Silence />
        <CatalogueSettings />
        <HubAddresses addresses={addresses} />
        <May rule="manage">
          <Support />
        </May>
      </div>
    </>
  )
}

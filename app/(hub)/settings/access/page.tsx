import type { Metadata } from 'next'
import { SecondFactor } from '#components/access/second-factor.tsx'
import { Sessions } from '#components/access/sessions.tsx'
import { Tokens } from '#components/access/tokens.tsx'
import { SettingsTabs } from '#components/settings/tabs.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { pageUser, requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Access' }

/** How the person and their programs get in. */
export default async function Page() {
  await requireSession()
  const { secondFactor } = await pageUser()
  await prefetch(trpc.tokens.list.queryOptions(), trpc.sessions.list.queryOptions())
  return (
    <HydrateClient>
      <PageHeader title="Settings" />
      <SettingsTabs />
      <div className="max-w-5xl">
        <SecondFactor enabled={secondFactor} />
        <Tokens />
        <Sessions />
      </div>
    </HydrateClient>
  )
}

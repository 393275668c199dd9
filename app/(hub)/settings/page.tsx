import type { Metadata } from 'next'
import { Settings } from '#components/settings/settings.tsx'
import { HydrateClient } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Settings' }

export default async function Page() {
  const { name, email, role } = await requireSession()
  return (
    <HydrateClient>
      <Settings person={{ name, email, role }} />
    </HydrateClient>
  )
}

import type { Metadata } from 'next'
import { Settings } from '#components/settings/settings.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Settings' }

export default async function Page() {
  const { name, email, role } = await requireSession()
  return <Settings person={{ name, email, role }} />
}

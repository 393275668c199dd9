import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SetupForm } from '#components/auth/setup-form.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { getHub } from '#server/web/hub.ts'

export const metadata: Metadata = { title: 'First run' }

export default async function SetupPage() {
  const hub = await getHub()
  if (!(await hub.setup.needed())) redirect('/sign-in')
  return (
    <>
      <PageHeader title="Make the administrator" lead="This is done once. The administrator can do everything here." />
      <SetupForm />
    </>
  )
}

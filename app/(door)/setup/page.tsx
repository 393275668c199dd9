import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Door } from '#components/auth/door.tsx'
import { SetupForm } from '#components/auth/setup-form.tsx'
import { getHub } from '#server/web/hub.ts'

export const metadata: Metadata = { title: 'First run' }

export default async function SetupPage() {
  const hub = await getHub()
  if (!(await hub.setup.needed())) redirect('/sign-in')
  return (
    <Door title="Create the administrator" lead="Done once, on a new hub. The administrator can do everything here.">
      <SetupForm />
    </Door>
  )
}

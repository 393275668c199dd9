import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Door } from '#components/auth/door.tsx'
import { SignInForm } from '#components/auth/sign-in-form.tsx'
import { safeNext } from '#server/web/access.ts'
import { getHub } from '#server/web/hub.ts'
import { pageSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams
  const target = safeNext(typeof next === 'string' ? next : null)
  if (await pageSession()) redirect(target)
  if (await (await getHub()).setup.needed()) redirect('/setup')
  return (
    <Door title="Sign in">
      <SignInForm next={target} />
    </Door>
  )
}

import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SignInForm } from '#components/auth/sign-in-form.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
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
    <>
      <PageHeader title="Sign in" />
      <SignInForm next={target} />
    </>
  )
}

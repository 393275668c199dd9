import type { Metadata } from 'next'
import { SignInLink } from '#components/auth/sign-in-link.tsx'
import { PageHeader } from '#components/ui/layout.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default function SignInLinkPage() {
  return (
    <>
      <PageHeader title="Sign in by link" />
      <SignInLink />
    </>
  )
}

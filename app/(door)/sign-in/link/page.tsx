import type { Metadata } from 'next'
import { Door } from '#components/auth/door.tsx'
import { SignInLink } from '#components/auth/sign-in-link.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default function SignInLinkPage() {
  return (
    <Door title="Sign in by link">
      <SignInLink />
    </Door>
  )
}

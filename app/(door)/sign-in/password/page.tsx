import type { Metadata } from 'next'
import { Door } from '#components/auth/door.tsx'
import { PasswordByLink } from '#components/auth/password-by-link.tsx'

export const metadata: Metadata = { title: 'Choose a password' }

export default function PasswordPage() {
  return (
    <Door title="Choose a password">
      <PasswordByLink />
    </Door>
  )
}

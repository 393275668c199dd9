import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Not found' }

/** An address that no page has: says so inside the shell, so that the ways on are at hand. */
export default async function Page() {
  await requireSession()
  notFound()
}

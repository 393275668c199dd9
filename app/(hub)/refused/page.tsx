import type { Metadata } from 'next'
import { buttonClass } from '#components/ui/button-class.ts'
import { Card, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Not for your role' }

/** What is shown in the place of a page that the person's role does not reach; the address stays. */
export default async function Page() {
  const { role } = await requireSession()
  return (
    <>
      <PageHeader title="Not for your role" />
      <Card>
        <p className="max-w-prose">
          Your role here is {role}, and this page needs another one. Nothing was changed by coming here. An
          administrator of this hub can give you another role.
        </p>
        <div className="mt-4 flex flex-wrap gap-2">
          <Link data-plain href="/" className={buttonClass('primary')}>
            Back to the overview
          </Link>
          <Link data-plain href="/settings" className={buttonClass()}>
            Settings
          </Link>
        </div>
      </Card>
    </>
  )
}

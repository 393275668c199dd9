import type { Metadata } from 'next'
import { buttonClass } from '#components/ui/button-class.ts'
import { Card, PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'

export const metadata: Metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <Card>
        <p>There is nothing at this address, or it is gone. Nothing was changed by coming here.</p>
        <div className="mt-4 flex flex-wrap gap-2">
          <Link data-plain href="/" className={buttonClass('primary')}>
            Back to the overview
          </Link>
          <Link data-plain href="/vms" className={buttonClass()}>
            Virtual machines
          </Link>
          <Link data-plain href="/backups" className={buttonClass()}>
            Backups
          </Link>
        </div>
      </Card>
    </>
  )
}

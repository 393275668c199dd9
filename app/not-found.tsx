import type { Metadata } from 'next'
import { Door } from '#components/auth/door.tsx'
import { buttonClass } from '#components/ui/button-class.ts'
import { Link } from '#components/ui/link.tsx'

export const metadata: Metadata = { title: 'Not found' }

/** For addresses in front of the door. */
export default function NotFound() {
  return (
    <Door title="Not found" lead="There is nothing at this address, or it is gone.">
      <Link data-plain href="/" className={buttonClass('primary')}>
        Back to the overview
      </Link>
    </Door>
  )
}

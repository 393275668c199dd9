import Link from 'next/link'
import { PageHeader } from '#components/ui/layout.tsx'

export default function NotFound() {
  return (
    <PageHeader
      title="Not found"
      lead={
        <>
          There is nothing here, or it is gone. <Link href="/">Back to the overview</Link>
        </>
      }
    />
  )
}

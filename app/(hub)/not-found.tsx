import { PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'

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

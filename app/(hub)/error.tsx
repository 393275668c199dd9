'use client'

import { RotateCw } from 'lucide-react'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { PageHeader } from '#components/ui/layout.tsx'
import { Link } from '#components/ui/link.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'

/** A page that could not be made. What failed stands in the hub's log, under the digest. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <ProblemPanel
        title="Something went wrong inside the hub"
        problem={{
          code: 'internal',
          happened: error.digest
            ? `The log of the web process says what, under the number ${error.digest}.`
            : 'The page stopped in the browser.',
          safe: 'Running backups do not need this page: they go on. Restore points are untouched.',
          remedy: 'Try again. If it stays, look into the log, or paste the link to somebody who can.',
        }}
        actions={
          <>
            <Button icon={<RotateCw aria-hidden="true" />} onClick={reset}>
              Try again
            </Button>
            <Link data-plain href="/" className={buttonClass()}>
              Back to the overview
            </Link>
          </>
        }
        linked
      />
    </>
  )
}

'use client'

import { Button } from '#components/ui/button.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'

/** A page that could not be made. What failed stands in the hub's log, under the digest. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <>
      <ProblemPanel
        title="This page could not be shown"
        problem={{
          code: 'internal',
          happened: `Something went wrong inside the hub${error.digest ? ` (${error.digest})` : ''}.`,
          safe: 'Running backups do not need this page: they go on.',
          remedy: 'Try again. If it stays, the log of the web process says what failed.',
        }}
      />
      <Button onClick={reset}>Try again</Button>
    </>
  )
}

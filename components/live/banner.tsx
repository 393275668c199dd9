import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

/** A line across the page, below the top bar. It is in the page before it has anything to say, so that it is read out when it does. */
export function Banner({ shown, testId, children }: { shown: boolean; testId: string; children: ReactNode }) {
  return (
    <div role="status" className={shown ? 'sticky top-12 z-20 border-warn border-b bg-warn-soft' : 'sr-only'}>
      {shown && (
        <p className="mx-auto flex max-w-7xl items-start gap-2 px-4 py-2 md:px-6" data-testid={testId}>
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
          <span>{children}</span>
        </p>
      )}
    </div>
  )
}

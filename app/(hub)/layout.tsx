import type { ReactNode } from 'react'
import { LiveProvider } from '#components/live/provider.tsx'
import { Footer } from '#components/shell/footer.tsx'
import { Rail } from '#components/shell/rail.tsx'
import { ApiProvider } from '#components/trpc/client.tsx'
import { buildId } from '#lib/build-id.ts'
import { renderCursor } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

/** What every signed-in page stands in: the rail, the tab's event stream, the footer. */
export default async function HubLayout({ children }: { children: ReactNode }) {
  await requireSession()
  const cursor = await renderCursor()
  return (
    <ApiProvider>
      <LiveProvider cursor={cursor}>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:absolute focus:z-10 focus:m-2 focus:rounded-md focus:bg-surface focus:p-2"
        >
          Skip to content
        </a>
        <div className="flex min-h-dvh flex-col md:flex-row">
          <Rail />
          <div className="flex min-w-0 flex-1 flex-col">
            <main id="main" className="w-full max-w-6xl flex-1 p-4 md:p-6">
              {children}
            </main>
            <Footer buildId={buildId()} />
          </div>
        </div>
      </LiveProvider>
    </ApiProvider>
  )
}

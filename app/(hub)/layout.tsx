import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import { WhoProvider } from '#components/access/who.tsx'
import { LiveProvider } from '#components/live/provider.tsx'
import { Shell } from '#components/shell/shell.tsx'
import { ApiProvider } from '#components/trpc/client.tsx'
import { buildId } from '#lib/build-id.ts'
import { renderCursor, renderEngine } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

/** What every signed-in page stands in: the rail, the tab's event stream, the state in the address. */
export default async function HubLayout({ children }: { children: ReactNode }) {
  const { name, role } = await requireSession()
  const cursor = await renderCursor()
  const engine = await renderEngine()
  return (
    <ApiProvider>
      <LiveProvider cursor={cursor}>
        <NuqsAdapter>
          <WhoProvider role={role}>
            <Shell buildId={buildId()} person={{ name, role }} engine={engine}>
              {children}
            </Shell>
          </WhoProvider>
        </NuqsAdapter>
      </LiveProvider>
    </ApiProvider>
  )
}

import type { Metadata } from 'next'
import { Settings } from '#components/settings/settings.tsx'
import { getHub } from '#server/web/hub.ts'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Settings' }

export default async function Page() {
  const { name, email, role } = await requireSession()
  const { env } = await getHub()
  await prefetch(trpc.system.health.queryOptions(), trpc.settings.thresholds.queryOptions())
  return (
    <HydrateClient>
      <Settings
        person={{ name, email, role }}
        addresses={{
          dashboard: env.url,
          health: new URL('/api/health', env.url).href,
          ssh: `${env.ssh.host}:${env.ssh.port}`,
          exportPorts: env.exportPorts.join('–'),
          controlPorts: env.controlPorts.join('–'),
          home: env.home,
        }}
      />
    </HydrateClient>
  )
}

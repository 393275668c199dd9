import type { Metadata } from 'next'
import { HubSettings } from '#components/settings/hub-settings.tsx'
import { version } from '#lib/version.ts'
import { getHub } from '#server/web/hub.ts'
import { HydrateClient, prefetch, trpc } from '#server/web/prefetch.tsx'
import { requireSession } from '#server/web/session.ts'

export const metadata: Metadata = { title: 'Hub' }

export default async function Page() {
  await requireSession()
  const { env } = await getHub()
  await prefetch(trpc.system.health.queryOptions(), trpc.settings.thresholds.queryOptions())
  return (
    <HydrateClient>
      <HubSettings
        version={version()}
        addresses={{
          dashboard: env.url,
          health: new URL('/api/health', env.url).href,
          ssh: `${env.sshPublicHost}:${env.ssh.port}`,
          exportPorts: env.exportPorts.join('–'),
          controlPorts: env.controlPorts.join('–'),
          home: env.home,
        }}
      />
    </HydrateClient>
  )
}

import type { HubEnv } from '../env.ts'

/** True when the dashboard says that it, the engine and the database are well. */
export async function webIsReady(env: HubEnv): Promise<boolean> {
  try {
    const host = env.http.host.includes(':') ? `[${env.http.host}]` : env.http.host
    const address = host === '0.0.0.0' ? '127.0.0.1' : host === '[::]' ? '[::1]' : host
    const response = await fetch(`http://${address}:${env.http.port}/api/health`, {
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

/** The same question without a dashboard: asked through the database, as every program of ours asks the engine. */
export async function engineIsReady(env: HubEnv, databaseUrl: string): Promise<boolean> {
  const { createHub } = await import('../container.ts')
  await using hub = await createHub({ ...env, databaseUrl })
  return (await hub.services.health()).ok
}

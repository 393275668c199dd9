import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { applianceMethods, BUILD_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { buildId } from './build-id.ts'
import type { ApplianceConfig, AppliancePaths } from './config.ts'

export type Hello = z.output<(typeof applianceMethods)['hello']['output']>

/** What this appliance's running daemon says of itself; null when none answers, or it is another's. */
export async function askDaemon(paths: AppliancePaths, config: ApplianceConfig): Promise<Hello | null> {
  try {
    const token = (await readFile(paths.apiToken, 'utf8')).trim()
    const response = await fetch(`http://${config.listenHost}:${config.apiPort}/v1/hello`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
        [BUILD_HEADER]: buildId,
      },
      body: '{}',
      signal: AbortSignal.timeout(5000),
    })
    return response.ok ? applianceMethods.hello.output.parse(await response.json()) : null
  } catch {
    return null
  }
}

import path from 'node:path'
import type { HubEnv } from '#server/env.ts'
import { assertBuilt, webArgs } from '#server/launcher/web.ts'
import { checkout } from './appliance.ts'
import { type Part, startPart } from './processes.ts'

/** The built dashboard as a process of its own, as the launcher starts it. */
export async function startWeb(stack: { env: HubEnv; root: string; variables: Record<string, string> }): Promise<Part> {
  await assertBuilt(checkout)
  return startPart({
    name: 'web',
    command: process.execPath,
    args: webArgs(checkout, stack.env.http, false),
    env: { ...stack.variables, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    logFile: path.join(stack.root, 'web.log'),
    cwd: checkout,
    root: stack.root,
  })
}

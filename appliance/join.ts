import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import { applianceConfigSchema, appliancePaths, type HubConfig } from './config.ts'
import { readConfig, writeConfig } from './config-file.ts'

/** Tells the appliance which hub to dial; a running one dials it at once. @throws ProblemError `bad_input` */
export async function join(dataDir: string, hub: HubConfig): Promise<void> {
  const file = appliancePaths(dataDir).config
  const parsed = applianceConfigSchema.shape.hub.safeParse(hub)
  if (!parsed.success)
    throw new ProblemError({
      code: 'bad_input',
      happened: `This is no hub to dial: ${z.prettifyError(parsed.error)}`,
      remedy: 'Copy the whole command from the hub’s page Appliances.',
    })
  await writeConfig(file, { ...(await readConfig(file)), hub: parsed.data })
}

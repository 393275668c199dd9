import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ApplianceOutput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { ApplianceConfig } from '../config.ts'

type Route = ApplianceOutput<'jobs.route'>

/** What the appliance dials, and what its resolver makes of the name. @throws ProblemError unavailable when it knows no hub */
export async function hubRoute({ hub }: Pick<ApplianceConfig, 'hub'>, resolve = lookup): Promise<Route> {
  if (!hub)
    throw new ProblemError({ code: 'unavailable', happened: 'The address of the hub does not stand in the settings.' })
  const { sshHost, sshPort, hostKey } = hub
  return { sshHost, sshPort, hostKey, lookup: isIP(sshHost) === 0 ? await lookUp(sshHost, resolve) : null }
}

async function lookUp(name: string, resolve: typeof lookup): Promise<Route['lookup']> {
  const began = performance.now()
  const ms = () => Math.round(performance.now() - began)
  try {
    const found = await resolve(name, { all: true })
    return { addresses: found.map(({ address }) => address), ms: ms(), error: null }
  } catch (error) {
    return { addresses: [], ms: ms(), error: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

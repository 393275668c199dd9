import { randomUUID } from 'node:crypto'
import type { Problem } from '#contracts/problem.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { ApplianceView } from '#contracts/views.ts'
import { activeState } from '../../db/active.ts'
import { isUniqueViolation, json, NOTHING, type Prisma, type PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'
import type { Crypto } from '../ports.ts'

const include = { _count: { select: { vms: true } } } satisfies Prisma.ApplianceInclude

function toView(row: Prisma.ApplianceGetPayload<{ include: typeof include }>): ApplianceView {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    fingerprint: row.fingerprint,
    apiPort: row.apiPort,
    protocol: row.protocol,
    buildId: row.buildId,
    tools: json<ApplianceView['tools']>(row.tools) ?? [],
    roundTripMs: row.roundTripMs,
    clockOffsetMs: row.clockOffsetMs,
    connectedAt: row.connectedAt?.toISOString() ?? null,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    problem: json<Problem>(row.problem),
    vmCount: row._count.vms,
  }
}

interface Deps {
  prisma: PrismaClient
  ask: Ask
  crypto: Crypto
  controlPorts: readonly [number, number]
}

/** Node appliances: who may dial in, and how they are. */
export function createAppliances({ prisma, ask, crypto, controlPorts }: Deps): HubServices['appliances'] {
  const get = async (id: string) =>
    toView(found(await prisma.appliance.findUnique({ where: { id }, include }), 'appliance', id))

  /** Inserts with the lowest control port that no other appliance has. */
  async function insert(name: string, publicKey: string, fingerprint: string, apiToken: string): Promise<string> {
    const taken = new Set((await prisma.appliance.findMany({ select: { apiPort: true } })).map((row) => row.apiPort))
    for (let apiPort = controlPorts[0]; apiPort <= controlPorts[1]; apiPort++) {
      if (taken.has(apiPort)) continue
      const id = randomUUID()
      const apiTokenSealed = Uint8Array.from(await crypto.seal(apiToken, `appliance:${id}`))
      await prisma.appliance.create({ data: { id, name, publicKey, fingerprint, apiPort, apiTokenSealed } })
      return id
    }
    throw new ProblemError({
      code: 'no_free_port',
      happened: `All control ports ${controlPorts.join('-')} belong to appliances.`,
      remedy: 'Widen SENDENSE_CONTROL_PORTS and restart the hub.',
    })
  }

  async function setEnabled(id: string, enabled: boolean): Promise<ApplianceView> {
    await get(id)
    const running = await prisma.job.count({
      where: { applianceId: id, state: activeState },
    })
    if (!enabled && running > 0)
      throw new ProblemError({
        code: 'busy',
        happened: `${running} backup${running === 1 ? '' : 's'} of this appliance run${running === 1 ? 's' : ''}.`,
        safe: 'They go on undisturbed.',
        remedy: 'Wait until they end, or cancel them first.',
      })
    await prisma.$transaction(async (tx) => {
      await tx.appliance.update({
        where: { id },
        data: { enabled, state: enabled ? 'offline' : 'paused', problem: NOTHING },
      })
      await appendEvent(tx, { kind: 'appliance.changed', applianceId: id })
    })
    await ask('appliances.apply', { applianceId: id })
    return get(id)
  }

  return {
    async list() {
      return (await prisma.appliance.findMany({ orderBy: { name: 'asc' }, include })).map(toView)
    },
    get,
    async register({ name, publicKey, apiToken }) {
      const fingerprint = crypto.fingerprint(publicKey)
      let id: string
      try {
        id = await insert(name, publicKey.trim(), fingerprint, apiToken)
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new ProblemError({
          code: 'conflict',
          happened: `An appliance of this name or key is registered already.`,
          safe: 'Nothing was changed.',
          remedy: 'Choose another name, or remove the other one first.',
        })
      }
      await appendEvent(prisma, { kind: 'appliance.changed', applianceId: id })
      const hub = await ask('appliances.apply', { applianceId: id })
      const appliance = await get(id)
      return { appliance, hub: { ...hub, apiPort: appliance.apiPort } }
    },
    async howToJoin(id) {
      const { apiPort } = await get(id)
      return { ...(await ask('appliances.apply', { applianceId: id })), apiPort }
    },
    start: (id) => setEnabled(id, true),
    stop: (id) => setEnabled(id, false),
    async probe(id) {
      await get(id)
      return ask('appliances.probe', { applianceId: id })
    },
  }
}

import type { Problem } from '#contracts/problem.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { ApplianceView } from '#contracts/views.ts'
import { activeState } from '../../db/active.ts'
import { writeAppliance, writeLimit } from '../../db/appliances.ts'
import { json, NOTHING, type Prisma, type PrismaClient } from '../../db/client.ts'
import { appendEvent } from '../../db/events.ts'
import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'
import { found } from '../found.ts'
import type { Crypto } from '../ports.ts'

const include = { _count: { select: { vms: { where: { missing: false } } } } } satisfies Prisma.ApplianceInclude

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
    limitMibPerSecond: row.limitMibPerSecond,
    appliedLimit: json<ApplianceView['appliedLimit']>(row.appliedLimit),
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

  async function notRevoked(id: string): Promise<ApplianceView> {
    const appliance = await get(id)
    if (appliance.state !== 'revoked') return appliance
    throw new ProblemError({
      code: 'conflict',
      happened: 'This appliance is revoked.',
      safe: 'Nothing was changed.',
      remedy: 'Add it again with a new pairing code: with the same key or name it takes its old place.',
    })
  }

  async function setEnabled(id: string, enabled: boolean): Promise<ApplianceView> {
    await notRevoked(id)
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
      const sealToken = (place: string) => crypto.seal(apiToken, place)
      const { id } = await prisma.$transaction((tx) =>
        writeAppliance(tx, { name, publicKey: publicKey.trim(), fingerprint, sealToken }, controlPorts),
      )
      const hub = await ask('appliances.apply', { applianceId: id })
      const appliance = await get(id)
      return { appliance, hub: { ...hub, apiPort: appliance.apiPort } }
    },
    async howToJoin(id) {
      const { apiPort } = await notRevoked(id)
      return { ...(await ask('appliances.apply', { applianceId: id })), apiPort }
    },
    start: (id) => setEnabled(id, true),
    stop: (id) => setEnabled(id, false),
    async revoke(id) {
      await get(id)
      await ask('appliances.revoke', { applianceId: id })
      return get(id)
    },
    async setLimit({ id, mibPerSecond }) {
      await notRevoked(id)
      await writeLimit(prisma, id, mibPerSecond)
      return get(id)
    },
    async probe(id) {
      await get(id)
      return ask('appliances.probe', { applianceId: id })
    },
  }
}

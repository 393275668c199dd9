import path from 'node:path'
import { ProblemError, toProblem } from '#contracts/problem.ts'
import { buildId } from '#lib/build-id.ts'
import type { Prisma } from '../db/client.ts'
import { answerCommand, claimCommand } from '../db/commands.ts'
import { exportNameFor } from '../domain/names.ts'
import { probeExport } from '../drivers/nbd/driver.ts'
import {
  type CommandInput,
  type CommandKind,
  type CommandOutput,
  engineCommands,
} from '../services/commands/contract.ts'
import type { Catalogue } from './catalogue.ts'
import type { Checks } from './checks.ts'
import type { EngineContext } from './context.ts'
import { answerChallenge, approve, grant, hubAddress } from './enrolments.ts'
import type { Housekeeping } from './housekeeping.ts'
import { refreshInventory } from './inventory.ts'
import { checkRepository, createRepository, probeRepository } from './repositories.ts'
import { revoke } from './revoke.ts'
import { listTunnels, redial, restartTunnel, stopTunnel } from './tunnels.ts'
import { failedProbe, toExportViews } from './views.ts'

/** What commands reach: the engine's parts, and the one that looks after them all. */
export type CommandContext = EngineContext & { housekeeping: Housekeeping; checks: Checks; catalogue: Catalogue }

type Handlers = { [K in CommandKind]: (ctx: CommandContext, input: CommandInput<K>) => Promise<CommandOutput<K>> }

const done = { done: true as const }

/** The one that was asked for. */
function found<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('nothing was answered')
  return first
}

async function exportById(ctx: EngineContext, id: string) {
  const listed = (await ctx.exports.list()).find(({ row }) => row.id === id)
  if (listed) return listed
  throw new ProblemError({
    code: 'not_found',
    happened: 'This export has ended already.',
    safe: 'Nothing was changed.',
  })
}

const handlers: Handlers = {
  ping: async () => ({ buildId: buildId() }),
  'vms.refresh': (ctx, { applianceId }) => refreshInventory(ctx, applianceId, true),
  async 'appliances.apply'(ctx, { applianceId }) {
    await ctx.keys.apply()
    await ctx.sessions.sync()
    const appliance = await ctx.prisma.appliance.findUniqueOrThrow({ where: { id: applianceId } })
    if (!appliance.enabled) await ctx.sshd.endSessionsOf(appliance.fingerprint)
    return hubAddress(ctx)
  },
  async 'appliances.revoke'(ctx, input) {
    await revoke(ctx, input)
    return done
  },
  'hub.address': async (ctx) => hubAddress(ctx),
  'enrolments.challenge': answerChallenge,
  'enrolments.approve': approve,
  'enrolments.grant': grant,
  async 'appliances.probe'(ctx, { applianceId }) {
    const began = performance.now()
    try {
      const hello = await ctx.sessions.client(applianceId).call('hello', {}, { timeoutMs: 5000 })
      const roundTripMs = performance.now() - began
      return { ok: true, roundTripMs, detail: `${hello.name} answers (build ${hello.buildId}).`, problem: null }
    } catch (error) {
      return failedProbe(error)
    }
  },
  'tunnels.list': async (ctx) => ({ tunnels: await listTunnels(ctx) }),
  'tunnels.start': (ctx, { applianceId }) => redial(ctx, applianceId),
  async 'tunnels.restart'(ctx, { jobId }) {
    await restartTunnel(ctx, jobId)
    return done
  },
  async 'tunnels.stop'(ctx, { tunnelId }) {
    await stopTunnel(ctx, tunnelId)
    return done
  },
  'exports.list': async (ctx) => ({ exports: await toExportViews(ctx.prisma, await ctx.exports.list()) }),
  async 'exports.start'(ctx, { backupDiskId }) {
    const disk = await ctx.prisma.backupDisk.findUnique({
      where: { id: backupDiskId },
      include: { backup: { include: { repository: true, vm: true } } },
    })
    if (!disk) throw new ProblemError({ code: 'not_found', happened: 'There is no such disk of a backup.' })
    const { repository, vm } = disk.backup
    const live = await ctx.exports.start({
      imagePath: path.join(repository.path, disk.imagePath),
      exportName: exportNameFor(vm.slug, disk.key),
      readOnly: true,
      jobId: null,
      backupId: disk.backup.id,
    })
    return found(await toExportViews(ctx.prisma, [await exportById(ctx, live.id)]))
  },
  async 'exports.stop'(ctx, { exportId }) {
    const { row } = await exportById(ctx, exportId)
    if (row.jobId !== null)
      throw new ProblemError({
        code: 'busy',
        happened: 'A running backup writes through this export.',
        safe: 'It goes on undisturbed.',
        remedy: 'Cancel the backup: its exports end with it.',
      })
    await ctx.exports.stop(row)
    return done
  },
  async 'exports.probe'(ctx, { exportId }) {
    const { facts } = await exportById(ctx, exportId)
    const probe = await probeExport({
      host: '127.0.0.1',
      port: facts.port,
      exportName: facts.exportName,
      timeoutMs: 5000,
    })
    const problem = probe.ok ? null : { code: 'export_unreachable' as const, happened: probe.detail }
    return { ok: probe.ok, roundTripMs: probe.roundTripMs, detail: probe.detail, problem }
  },
  'repositories.check': (ctx, { path: directory }) => checkRepository(ctx, directory),
  'repositories.create': createRepository,
  'checks.start': async ({ checks }, request) => ({ check: await checks.start(request) }),
  'housekeeping.survey': ({ housekeeping }) => housekeeping.survey(),
  'housekeeping.clean': ({ housekeeping }, choice) => housekeeping.clean(choice),
  'repositories.look': ({ catalogue }, { repositoryId }) => catalogue.lookNow(repositoryId),
  'repositories.probe': (ctx, { repositoryId }) => probeRepository(ctx, repositoryId),
}

/** Executes one command, at most once, and stores its answer. */
export async function handleCommand(ctx: CommandContext, id: string): Promise<void> {
  const command = await claimCommand(ctx.prisma, id)
  if (!command) return
  try {
    const kind = command.kind as CommandKind
    const handler = handlers[kind] as (ctx: CommandContext, input: unknown) => Promise<unknown>
    const result = await handler(ctx, engineCommands[kind].input.parse(command.input))
    await answerCommand(ctx.prisma, id, { result: result as Prisma.InputJsonObject })
  } catch (error) {
    if (!(error instanceof ProblemError)) ctx.log.error({ err: error, command: command.kind }, 'command failed')
    await answerCommand(ctx.prisma, id, { problem: toProblem(error) })
  }
}

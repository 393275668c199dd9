import { CANARY, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import type { ProbedDisk } from '#contracts/check.ts'
import { buildId } from '#lib/build-id.ts'
import { toolVersions } from '#lib/host/tool-versions.ts'
import { intend, markLive, markOrphan, markReleased } from '../../db/resources.ts'
import { isAllowed } from '../../domain/allow-unknown.ts'
import { judgeClock, judgeHostKey, judgeName, judgeSource, judgeTools, passed } from '../../domain/check/judge.ts'
import type { CheckRun } from './run.ts'

/** What the hub cannot do without. */
const hubTools = [
  ['qemu-nbd', '--version'],
  ['qemu-img', '--version'],
  ['ssh', '-V'],
  ['ss', '-V'],
] as const

/** It answers through its control tunnel, has its tools, and its clock is the hub's. @returns whether it answers */
export async function checkAppliance(run: CheckRun): Promise<boolean> {
  const { client, signal, check } = run
  const asked = { at: 0, ms: 0 }
  let hello: Awaited<ReturnType<typeof client.call<'hello'>>> | null = null
  const answers = await run.answer('appliance', async () => {
    // The first question of a quiet tunnel is slower: the clock is read at the second.
    await client.call('hello', {}, { timeoutMs: 5000, signal })
    asked.at = Date.now()
    const began = performance.now()
    hello = await client.call('hello', {}, { timeoutMs: 5000, signal })
    asked.ms = performance.now() - began
    const build = hello.buildId === buildId() ? 'of the same build' : `build ${hello.buildId}, the hub is ${buildId()}`
    return passed(
      `${check.applianceName} answers in ${asked.ms.toFixed(0)} ms: protocol ${PROTOCOL_VERSION}, ${build}.`,
    )
  })
  if (!answers || !hello) return false
  const { tools, now } = hello as { tools: { name: string; version: string | null }[]; now: string }
  await run.answer('clock', () => judgeClock(Date.parse(now) - (asked.at + asked.ms / 2), asked.ms))
  await run.answer('tools', async () => judgeTools(tools, await toolVersions(hubTools)))
  return true
}

/** Begins the canary's job on the appliance. @returns its public key. @throws ProblemError */
export async function beginJob(run: CheckRun): Promise<string> {
  const { ctx, check, client, signal } = run
  const row = await intend(ctx.prisma, 'appliance-job', check.id, check.id, { applianceId: check.applianceId })
  if (!row) throw new Error(`the check ${check.id} is on the ledger already`)
  run.cleanup.add('job on the appliance', async () => {
    try {
      await client.call('jobs.end', { jobId: check.id }, { timeoutMs: 20_000 })
      await markReleased(ctx.prisma, row.id)
    } catch (error) {
      await markOrphan(ctx.prisma, row.id)
      throw error
    }
    return null
  })
  const { source, ref } = CANARY
  const { publicKey } = await client.call(
    'jobs.prepare',
    { jobId: check.id, source, ref },
    { timeoutMs: 20_000, signal },
  )
  await markLive(ctx.prisma, row.id)
  return publicKey
}

/** What the appliance dials, and whom it expects there. */
export async function checkRoute(run: CheckRun): Promise<void> {
  const { ctx, client, check, signal } = run
  const route = client.call('jobs.route', { jobId: check.id }, { timeoutMs: 15_000, signal })
  await run.answer('dns', async () => judgeName(await route))
  await run.answer('host-key', async () => judgeHostKey((await route).hostKey, ctx.sshd.hostKey))
}

/** Each disk opens at its source. @returns what the source said of each */
export async function checkSource(run: CheckRun): Promise<ProbedDisk[]> {
  const { vm, running } = run.facts
  const { client, check, signal } = run
  if (!vm) {
    await run.pass(['source'], 'Only a check of a virtual machine asks for it.')
    return []
  }
  let disks: ProbedDisk[] = []
  await run.answer('source', async () => {
    const now = new Date()
    const allowUnknown = vm.disks.filter((disk) => isAllowed(disk, now)).map(({ key }) => key)
    const input = { jobId: check.id, source: vm.sourceName, ref: vm.ref, allowUnknown }
    disks = (await client.call('jobs.probe', input, { timeoutMs: 30_000, signal })).disks
    return judgeSource(disks, running, vm.disks)
  })
  return disks
}

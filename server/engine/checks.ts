import { createHash } from 'node:crypto'
import type { CheckSubject, VmCheck } from '#contracts/check.ts'
import { ProblemError } from '#contracts/problem.ts'
import { activeState } from '../db/active.ts'
import { beginCheck, checkedTunnel, interruptChecks, noteCheck } from '../db/checks.ts'
import { performCheck } from '../jobs/check/perform.ts'
import { type CheckFacts, CheckRun } from '../jobs/check/run.ts'
import type { EngineContext } from './context.ts'

/** Far more than all its questions take together: a check that hangs is a fault, and ends. */
const LONGEST_MS = 120_000

export interface CheckRequest {
  subject: CheckSubject
  repositoryId: string | null
  reason: VmCheck['reason']
  userId: string | null
}

/** The checks that run in this engine; of one machine, or of one appliance alone, one at a time. */
export class Checks implements AsyncDisposable {
  readonly #ctx: EngineContext
  readonly #stop = new AbortController()
  readonly #running = new Map<string, Promise<void>>()

  constructor(ctx: EngineContext) {
    this.#ctx = ctx
  }

  /** Their ids: what stands on the ledger under them is in use. */
  get running(): Iterable<string> {
    return this.#running.keys()
  }

  /** Closes what an earlier engine did not end; its leavings are housekeeping's. */
  recover(): Promise<void> {
    return interruptChecks(this.#ctx.prisma)
  }

  /** Begins a check, or answers the one of the same thing that runs. */
  async start({ subject, repositoryId, reason, userId }: CheckRequest): Promise<VmCheck> {
    const { vmId, applianceId, ...facts } = await this.#facts(subject, repositoryId)
    const { check, begun } = await beginCheck(this.#ctx.prisma, {
      ...{ vmId, applianceId, reason, requestedById: userId, repositoryId: facts.repository?.id ?? null },
    })
    if (begun) {
      const work = this.#run(check, facts).finally(() => this.#running.delete(check.id))
      this.#running.set(check.id, work)
    }
    return check
  }

  /** Checks an appliance's tunnel when it is another one than the one that was checked last. */
  async whenNew(applianceId: string): Promise<void> {
    const { prisma, env } = this.#ctx
    if (!env.checkTunnels || this.#stop.signal.aborted) return
    if ((await this.#sign(applianceId)) === (await checkedTunnel(prisma, applianceId))) return
    await this.start({ subject: { applianceId }, repositoryId: null, reason: 'tunnel', userId: null })
  }

  async #run(check: VmCheck, facts: CheckFacts): Promise<void> {
    const { prisma, log } = this.#ctx
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LONGEST_MS)])
    let run: CheckRun | null = null
    try {
      run = new CheckRun(this.#ctx, check, facts, signal)
      await performCheck(run)
    } catch (err) {
      if (!signal.aborted) log.error({ err, check: check.id }, 'the check could not go on')
    }
    const whole = run?.items.some(({ id }) => id === 'removed') && !signal.aborted
    const canary = run?.items.find(({ id }) => id === 'tunnel')?.outcome
    const tunnelSign = whole && canary !== 'not-applicable' ? await this.#sign(check.applianceId) : null
    const state = whole ? (run?.failed ? 'failed' : 'passed') : 'interrupted'
    await noteCheck(prisma, check.id, run?.items ?? [], { state, tunnelSign }).catch((err: unknown) =>
      log.error({ err, check: check.id }, 'the end of a check could not be written'),
    )
  }

  async #facts(subject: CheckSubject, wanted: string | null) {
    const { prisma } = this.#ctx
    const vm =
      'vmId' in subject
        ? await prisma.virtualMachine.findUnique({
            where: { id: subject.vmId },
            include: { disks: { orderBy: { key: 'asc' } } },
          })
        : null
    const applianceId = 'vmId' in subject ? vm?.applianceId : subject.applianceId
    const appliance = applianceId && (await prisma.appliance.findUnique({ where: { id: applianceId } }))
    if (!appliance) throw new ProblemError({ code: 'not_found', happened: 'There is nothing of this id to check.' })
    const active = { vmId: vm?.id, state: activeState }
    return {
      vmId: vm?.id ?? null,
      applianceId: appliance.id,
      vm: vm && {
        ...{ name: vm.name, sourceName: vm.sourceName, ref: vm.ref },
        disks: vm.disks.map(({ key, sizeBytes, allowUnknownUntil }) => ({
          key,
          sizeBytes: Number(sizeBytes),
          allowUnknownUntil,
        })),
      },
      running: vm !== null && (await prisma.job.count({ where: active })) > 0,
      repository: await this.#repository(vm?.id ?? null, wanted),
    }
  }

  /** The one that is named; else where the machine's newest backup goes; else the first. */
  async #repository(vmId: string | null, wanted: string | null): Promise<CheckFacts['repository']> {
    const { prisma } = this.#ctx
    const select = { id: true, name: true, path: true }
    if (wanted !== null) {
      const named = await prisma.repository.findUnique({ where: { id: wanted }, select })
      if (named) return named
      throw new ProblemError({ code: 'not_found', happened: 'There is no repository of this id.' })
    }
    const last =
      vmId === null
        ? null
        : await prisma.job.findFirst({
            where: { vmId },
            orderBy: { createdAt: 'desc' },
            select: { repository: { select } },
          })
    return last?.repository ?? prisma.repository.findFirst({ orderBy: { name: 'asc' }, select })
  }

  /** What makes a tunnel another one: the key, where it comes from, the port of its API, the hub's address and key. */
  async #sign(applianceId: string): Promise<string> {
    const { prisma, sshd, env } = this.#ctx
    const { fingerprint, apiPort } = await prisma.appliance.findUniqueOrThrow({ where: { id: applianceId } })
    const session = (await sshd.sessions()).find((one) => one.fingerprint === fingerprint)
    const from = session?.peer.replace(/:\d+$/, '') ?? ''
    const parts = [fingerprint, apiPort, from, env.ssh.host, env.ssh.port, sshd.hostKey]
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }
}

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isTerminal, type JobState, jobStates } from '#contracts/job.ts'
import { type TestDatabase, testDatabase } from '#e2e/world/database.ts'
import { canMove } from '../domain/job-state.ts'
import { openDatabase, type PrismaClient } from './client.ts'
import { claimNextJob, freeQueuedJobs, heartbeat, moveJob, noteJob, takeOverJob } from './jobs.ts'

const LEASE_MS = 60_000
let database: TestDatabase
let prisma: PrismaClient
let base: { applianceId: string; repositoryId: string }
beforeAll(async () => {
  database = await testDatabase()
  prisma = openDatabase(database.url)
  const appliance = await prisma.appliance.create({
    data: { name: 'a', publicKey: 'k', fingerprint: 'f', apiPort: 1, apiTokenSealed: Buffer.from('x') },
  })
  const repository = await prisma.repository.create({ data: { name: 'r', path: '/r' } })
  base = { applianceId: appliance.id, repositoryId: repository.id }
})
afterAll(async () => {
  await prisma.$disconnect()
  await database[Symbol.asyncDispose]()
})

/** What the row must be, and the fence each engine believes to hold. */
interface Model {
  state: JobState
  fence: number
  leased: boolean
  held: number[]
  moves: number
}
interface Real {
  id: string
}
type Command = fc.AsyncCommand<Model, Real>

const take = (model: Model, engine: number) => {
  model.fence += 1
  model.leased = true
  model.held[engine] = model.fence
}

class Claim implements Command {
  readonly engine: number
  constructor(engine: number) {
    this.engine = engine
  }
  check = () => true
  async run(model: Model, { id }: Real) {
    const job = await claimNextJob(prisma, `engine-${this.engine}`, LEASE_MS)
    if (model.state !== 'queued' || model.leased) return expect(job).toBeNull()
    expect(job?.id).toBe(id)
    take(model, this.engine)
    expect(job?.fence).toBe(model.fence)
  }
  toString = () => `claim(${this.engine})`
}

class TakeOver implements Command {
  readonly engine: number
  constructor(engine: number) {
    this.engine = engine
  }
  check = () => true
  async run(model: Model, { id }: Real) {
    const job = await takeOverJob(prisma, id, `engine-${this.engine}`, LEASE_MS)
    if (model.state === 'queued' || isTerminal(model.state)) return expect(job).toBeNull()
    take(model, this.engine)
    expect(job?.fence).toBe(model.fence)
  }
  toString = () => `takeOver(${this.engine})`
}

class Move implements Command {
  readonly engine: number
  readonly to: JobState
  constructor(engine: number, to: JobState) {
    this.engine = engine
    this.to = to
  }
  check = () => true
  async run(model: Model, { id }: Real) {
    const fence = model.held[this.engine] ?? -1
    const move = { id, fence, to: this.to, message: '' }
    const moved = await prisma.$transaction((tx) => moveJob(tx, move))
    expect(moved).toBe(fence === model.fence && canMove(model.state, this.to))
    if (!moved) return
    model.state = this.to
    model.moves += 1
    if (isTerminal(this.to)) model.leased = false
  }
  toString = () => `move(${this.engine}, ${this.to})`
}

/** Whoever holds the fence does the next step, so that runs come far. */
class Advance implements Command {
  check = (model: Readonly<Model>) => model.fence > 0 && !isTerminal(model.state)
  async run(model: Model, real: Real) {
    const to = jobStates[jobStates.indexOf(model.state) + 1]
    if (to) await new Move(model.held.indexOf(model.fence), to).run(model, real)
  }
  toString = () => 'advance'
}

class Beat implements Command {
  readonly engine: number
  constructor(engine: number) {
    this.engine = engine
  }
  check = () => true
  async run(model: Model, { id }: Real) {
    const fence = model.held[this.engine] ?? -1
    const holds = fence === model.fence && !isTerminal(model.state)
    expect((await heartbeat(prisma, id, fence, LEASE_MS)) !== null).toBe(holds)
    expect(await noteJob(prisma, { id, fence }, { takenAt: new Date() })).toBe(fence === model.fence)
    if (holds) model.leased = true
  }
  toString = () => `beat(${this.engine})`
}

class FreeQueued implements Command {
  check = () => true
  async run(model: Model) {
    await freeQueuedJobs(prisma)
    if (model.state === 'queued') model.leased = false
  }
  toString = () => 'freeQueued'
}

/** Two engines ask at once: at most one gets the job, and only if nobody had it. */
class Race implements Command {
  check = () => true
  async run(model: Model, { id }: Real) {
    const claims = await Promise.all([0, 1].map((engine) => claimNextJob(prisma, `engine-${engine}`, LEASE_MS)))
    const won = claims.flatMap((job, engine) => (job ? [engine] : []))
    expect(won).toHaveLength(model.state === 'queued' && !model.leased ? 1 : 0)
    for (const engine of won) {
      take(model, engine)
      expect(claims[engine]).toMatchObject({ id, fence: model.fence })
    }
  }
  toString = () => 'race'
}

async function newJob(round: number): Promise<Real> {
  const { applianceId } = base
  const vm = await prisma.virtualMachine.create({
    data: {
      applianceId,
      sourceName: 's',
      sourceKind: 'image',
      ref: `${round}`,
      name: `vm ${round}`,
      slug: `vm-${round}`,
    },
  })
  const job = await prisma.job.create({
    data: { ...base, vmId: vm.id, type: 'full', backupId: `backup-vm-${1_759_901_304 + round}` },
  })
  return { id: job.id }
}

async function statesOf({ id }: Real): Promise<JobState[]> {
  const moves = await prisma.event.findMany({ where: { jobId: id, kind: 'job.state' } })
  return moves.map(({ data }) => (data as { state: JobState }).state)
}

it('a job moves only by its table, by who holds its fence, and never out of an end', { timeout: 90_000 }, async () => {
  const engine = fc.nat({ max: 1 })
  const commands = fc.commands(
    [
      engine.map((n) => new Claim(n)),
      engine.map((n) => new TakeOver(n)),
      engine.map((n) => new Beat(n)),
      fc.constant(new FreeQueued()),
      fc.constant(new Race()),
      ...Array.from({ length: 7 }, () => fc.constant(new Advance())),
      fc.tuple(engine, fc.constantFrom(...jobStates)).map(([n, to]) => new Move(n, to)),
    ],
    { maxCommands: 40, size: 'max' },
  )
  let round = 0
  // The runs are worth something only if they come to the end.
  const reached = new Set<JobState>(['queued'])
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      const real = await newJob(round++)
      const model: Model = { state: 'queued', fence: 0, leased: false, held: [], moves: 0 }
      await fc.asyncModelRun(() => ({ model, real }), given)
      for (const state of await statesOf(real)) reached.add(state)
      const row = await prisma.job.findUniqueOrThrow({ where: { id: real.id } })
      expect(row).toMatchObject({ state: model.state, fence: model.fence })
      expect(row.finishedAt !== null).toBe(isTerminal(model.state))
      expect(await prisma.event.count({ where: { jobId: real.id, kind: 'job.state' } })).toBe(model.moves)
      // The next round's claims must find its own job only.
      await prisma.job.updateMany({ where: { id: real.id }, data: { state: 'failed' } })
    }),
    { numRuns: 20 },
  )
  expect(reached).toContain('completed')
})

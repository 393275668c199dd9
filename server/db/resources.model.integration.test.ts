import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from './client.ts'
import { closeLeftOvers, noteFailure } from './housekeeping.ts'
import { intend, markLive, markOrphan, markReleased, openResources } from './resources.ts'

let database: TestDatabase
let prisma: PrismaClient
beforeAll(async () => {
  database = await testDatabase()
  prisma = openDatabase(database.url)
})
afterAll(async () => {
  await prisma.$disconnect()
  await database[Symbol.asyncDispose]()
})

interface Row {
  id: string
  state: 'intended' | 'live' | 'orphan'
  tries: number
}
/** Open rows by identity, and the ids of released ones. */
interface Model {
  open: Map<string, Row>
  released: string[]
}
type Command = fc.AsyncCommand<Model, PrismaClient>
const KIND = 'left-over'

class Intend implements Command {
  readonly identity: string
  readonly atOnce: number
  constructor(identity: string, atOnce: number) {
    this.identity = identity
    this.atOnce = atOnce
  }
  check = () => true
  async run(model: Model, db: PrismaClient) {
    const rows = await Promise.all(Array.from({ length: this.atOnce }, () => intend(db, KIND, this.identity, null)))
    const got = rows.filter((row) => row !== null)
    expect(got).toHaveLength(model.open.has(this.identity) ? 0 : 1)
    for (const { id } of got) model.open.set(this.identity, { id, state: 'intended', tries: 0 })
  }
  toString = () => `intend(${this.identity} × ${this.atOnce})`
}

/** Does something to the open row of an identity; to a released one it must do nothing. */
class Mark implements Command {
  readonly identity: string
  readonly to: 'live' | 'orphan' | 'released' | 'failed'
  constructor(identity: string, to: 'live' | 'orphan' | 'released' | 'failed') {
    this.identity = identity
    this.to = to
  }
  check = (model: Readonly<Model>) => model.open.has(this.identity)
  async run(model: Model, db: PrismaClient) {
    const row = model.open.get(this.identity)
    if (!row) return
    const { id } = row
    if (this.to === 'live') {
      await markLive(db, id, { pid: 7, start: 'boot:1' })
      row.state = 'live'
    } else if (this.to === 'orphan') {
      await markOrphan(db, id)
      row.state = 'orphan'
    } else if (this.to === 'failed') {
      await noteFailure(db, { leftOver: this.identity, jobId: null }, { reason: 'busy', nextTryAt: new Date() })
      row.state = 'orphan'
      row.tries += 1
    } else {
      await markReleased(db, id)
      model.open.delete(this.identity)
      model.released.push(id)
    }
  }
  toString = () => `mark(${this.identity}, ${this.to})`
}

/** What is late for a row that is closed leaves it closed. */
class Late implements Command {
  check = (model: Readonly<Model>) => model.released.length > 0
  async run(model: Model, db: PrismaClient) {
    const id = model.released.at(-1) ?? ''
    await markOrphan(db, id)
    await markReleased(db, id)
    await noteFailure(db, { rowId: id }, { reason: 'late', nextTryAt: new Date() })
    const row = await db.resource.findUniqueOrThrow({ where: { id } })
    expect(row.state).toBe('released')
    expect(row.reason).not.toBe('late')
  }
  toString = () => 'late'
}

class Close implements Command {
  readonly kept: string[]
  constructor(kept: string[]) {
    this.kept = kept
  }
  check = () => true
  async run(model: Model, db: PrismaClient) {
    const gone = [...model.open.keys()].filter((identity) => !this.kept.includes(identity))
    expect(await closeLeftOvers(db, this.kept)).toBe(gone.length)
    for (const identity of gone) {
      model.released.push(model.open.get(identity)?.id ?? '')
      model.open.delete(identity)
    }
  }
  toString = () => `close(all but ${this.kept})`
}

it('a thing has one open row at most, and a closed row stays closed', { timeout: 90_000 }, async () => {
  const identity = fc.constantFrom('a', 'b', 'c')
  const commands = fc.commands(
    [
      fc.tuple(identity, fc.integer({ min: 1, max: 3 })).map(([name, atOnce]) => new Intend(name, atOnce)),
      fc
        .tuple(identity, fc.constantFrom('live', 'orphan', 'released', 'failed'))
        .map(([name, to]) => new Mark(name, to)),
      fc.constant(new Late()),
      fc.subarray(['a', 'b', 'c']).map((kept) => new Close(kept)),
    ],
    { maxCommands: 30, size: 'max' },
  )
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      await prisma.resource.deleteMany()
      const model: Model = { open: new Map(), released: [] }
      await fc.asyncModelRun(() => ({ model, real: prisma }), given)
      const rows = await openResources(prisma, { kind: KIND })
      const found = rows.map(({ identity: name, id, state }) => [name, { id, state }] as const)
      expect(new Map(found)).toEqual(
        new Map([...model.open].map(([name, { id, state }]) => [name, { id, state }] as const)),
      )
      for (const { id, tries } of model.open.values())
        expect(await prisma.resource.findUnique({ where: { id }, select: { tries: true } })).toEqual({ tries })
    }),
    { numRuns: 20 },
  )
})

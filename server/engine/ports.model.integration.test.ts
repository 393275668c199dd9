import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProblemError } from '#contracts/problem.ts'
import { type TestDatabase, testDatabase } from '#e2e/world/database.ts'
import { claimPorts, type PortBlock } from '#e2e/world/ports.ts'
import { openDatabase, type PrismaClient } from '../db/client.ts'
import { markReleased, openResources } from '../db/resources.ts'
import { claimPort } from './ports.ts'

const COUNT = 4
let database: TestDatabase
let prisma: PrismaClient
let block: PortBlock
beforeAll(async () => {
  database = await testDatabase()
  prisma = openDatabase(database.url)
  block = await claimPorts(COUNT)
})
afterAll(async () => {
  await prisma.$disconnect()
  await database[Symbol.asyncDispose]()
  await block[Symbol.asyncDispose]()
})

/** Ports given out with the row of each, and ports that somebody else listens on. */
interface Model {
  given: Map<number, string>
  foreign: Map<number, Server>
}
type Command = fc.AsyncCommand<Model, PrismaClient>

class Claim implements Command {
  readonly atOnce: number
  constructor(atOnce: number) {
    this.atOnce = atOnce
  }
  check = () => true
  async run(model: Model, db: PrismaClient) {
    const taken = new Set([...model.given.keys(), ...model.foreign.keys()])
    const free = COUNT - taken.size
    const asked = Array.from({ length: this.atOnce }, () => claimPort(db, block.exports, null))
    const answers = await Promise.allSettled(asked)
    const got = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    expect(got).toHaveLength(Math.min(free, this.atOnce))
    for (const answer of answers)
      if (answer.status === 'rejected') {
        expect(answer.reason).toBeInstanceOf(ProblemError)
        expect((answer.reason as ProblemError).problem.code).toBe('no_free_port')
      }
    for (const { port, row } of got) {
      expect(taken.has(port)).toBe(false)
      expect(port >= block.exports[0] && port <= block.exports[1]).toBe(true)
      taken.add(port)
      model.given.set(port, row.id)
    }
  }
  toString = () => `claim × ${this.atOnce}`
}

class Release implements Command {
  readonly nth: number
  constructor(nth: number) {
    this.nth = nth
  }
  check = (model: Readonly<Model>) => model.given.size > 0
  async run(model: Model, db: PrismaClient) {
    const [port, id] = [...model.given][this.nth % model.given.size] ?? [0, '']
    await markReleased(db, id)
    model.given.delete(port)
  }
  toString = () => `release(${this.nth})`
}

/** Somebody else's program takes a port that is nobody's, or ends. */
class Stranger implements Command {
  readonly nth: number
  constructor(nth: number) {
    this.nth = nth
  }
  check = (model: Readonly<Model>) => !model.given.has(block.exports[0] + this.nth)
  async run(model: Model) {
    const port = block.exports[0] + this.nth
    const present = model.foreign.get(port)
    if (present) {
      present.close()
      await once(present, 'close')
      model.foreign.delete(port)
      return
    }
    const server = createServer().listen({ port, host: '127.0.0.1' })
    await once(server, 'listening')
    model.foreign.set(port, server)
  }
  toString = () => `stranger(${this.nth})`
}

it('a port is given to one at a time, never one that somebody else has, and every free one is found', {
  timeout: 90_000,
}, async () => {
  const commands = fc.commands(
    [
      fc.integer({ min: 1, max: 3 }).map((atOnce) => new Claim(atOnce)),
      fc.nat({ max: COUNT - 1 }).map((nth) => new Release(nth)),
      fc.nat({ max: COUNT - 1 }).map((nth) => new Stranger(nth)),
    ],
    { maxCommands: 15, size: 'max' },
  )
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      await prisma.resource.deleteMany()
      const model: Model = { given: new Map(), foreign: new Map() }
      try {
        await fc.asyncModelRun(() => ({ model, real: prisma }), given)
        const rows = await openResources(prisma, { kind: 'port' })
        expect(rows.map(({ identity }) => Number(identity)).toSorted()).toEqual([...model.given.keys()].toSorted())
      } finally {
        for (const server of model.foreign.values()) server.close()
        await Promise.all(
          [...model.foreign.values()].map((server) => (server.listening ? once(server, 'close') : null)),
        )
      }
    }),
    { numRuns: 8 },
  )
})

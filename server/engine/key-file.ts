import { Mutex } from '#lib/async/mutex.ts'
import { ownersOut } from '../db/appliances.ts'
import type { PrismaClient } from '../db/client.ts'
import { openResources } from '../db/resources.ts'
import { authorizedKeyLine, type RunAs, writeAuthorizedKeys } from '../drivers/ssh/driver.ts'

/** What a `data-key` row on the ledger says. */
export interface DataKey {
  publicKey: string
  openPorts: number[]
}

/** The one writer of authorized_keys: always the whole file, from what the database says now. */
export class KeyFile {
  readonly #prisma: PrismaClient
  readonly #dir: string
  readonly #runAs: RunAs | null
  readonly #mutex = new Mutex()

  constructor(prisma: PrismaClient, dir: string, runAs: RunAs | null) {
    this.#prisma = prisma
    this.#dir = dir
    this.#runAs = runAs
  }

  /** Writes enabled appliances' control keys and their running jobs' data keys. What is to be revoked (an orphan) never goes in. */
  apply(): Promise<void> {
    return this.#mutex.run(async () => {
      const appliances = await this.#prisma.appliance.findMany({ where: { enabled: true }, orderBy: { name: 'asc' } })
      const open = await openResources(this.#prisma, { kind: 'data-key' })
      const identities = open.map(({ identity }) => identity)
      const out = await ownersOut(this.#prisma, identities)
      const rows = open.filter(({ state, identity }) => state !== 'orphan' && !out.has(identity))
      const control = appliances.map(({ id, publicKey, apiPort }) =>
        authorizedKeyLine({ kind: 'control', id, publicKey, listenPort: apiPort }),
      )
      const data = rows.map((row) => authorizedKeyLine({ kind: 'data', id: row.identity, ...(row.data as DataKey) }))
      await writeAuthorizedKeys(this.#dir, [...control, ...data], this.#runAs)
    })
  }
}

import { randomUUID } from 'node:crypto'
import type { PrismaClient } from '../../db/client.ts'
import {
  answerKey,
  dropExpiredKeys,
  findKey,
  freeKey,
  insertKey,
  type KeyOfOwner,
  takeOverKey,
} from '../../db/idempotency.ts'

/** How long an answer is kept for the same key. */
export const KEPT_MS = 24 * 3600_000
/** How long somebody may work on an answer before another try takes the key over: more than any operation waits. */
const LOCK_MS = 90_000

export interface Answer {
  status: number
  /** As it was sent. */
  body: object
  location: string | null
}

export type Begun =
  /** The key was free: do it, then finish or release. */
  | { kind: 'begun'; holder: string }
  /** It was done: this was answered. */
  | { kind: 'answered'; answer: Answer }
  /** The key stands for another request. */
  | { kind: 'other' }
  /** The same request is being worked on now. */
  | { kind: 'running' }

/** Remembers what a request was answered, so that the same request sent again does nothing twice. */
export interface Idempotency {
  /** @param request  what tells this request from another one */
  begin(key: KeyOfOwner, request: string): Promise<Begun>
  finish(key: KeyOfOwner, holder: string, answer: Answer): Promise<void>
  /** It failed in a way that a second try may mend. */
  release(key: KeyOfOwner, holder: string): Promise<void>
}

export function createIdempotency(prisma: PrismaClient, now: () => number = Date.now): Idempotency {
  return {
    async begin(key, request) {
      await dropExpiredKeys(prisma, new Date(now()))
      const holder = randomUUID()
      const lockedUntil = new Date(now() + LOCK_MS)
      if (await insertKey(prisma, { ...key, request, holder, lockedUntil, expiresAt: new Date(now() + KEPT_MS) }))
        return { kind: 'begun', holder }
      const row = await findKey(prisma, key)
      if (row === null) return { kind: 'running' }
      if (row.request !== request) return { kind: 'other' }
      if (row.status !== null)
        return { kind: 'answered', answer: { status: row.status, body: row.body as object, location: row.location } }
      if (row.lockedUntil.getTime() > now()) return { kind: 'running' }
      const taken = await takeOverKey(prisma, key, row.holder, { holder, lockedUntil })
      return taken ? { kind: 'begun', holder } : { kind: 'running' }
    },
    finish: (key, holder, answer) => answerKey(prisma, key, holder, answer),
    release: (key, holder) => freeKey(prisma, key, holder),
  }
}

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import type { AppliancePaths } from '../config.ts'
import { writePrivate } from '../config-file.ts'

/** A request that waits for a person's word; kept, so that whoever is cut off goes on waiting by the same command. */
export interface PendingRequest {
  hub: string
  enrolmentId: string
  hostKey: string
  exchange: { privateKey: KeyObject; publicKey: string }
}

const schema = z.object({
  hub: z.url(),
  enrolmentId: idSchema,
  hostKey: z.string(),
  exchangeKey: z.string(),
  exchangePrivateKey: z.string(),
})

export async function keepPending(paths: AppliancePaths, pending: PendingRequest): Promise<void> {
  const { exchange, ...plain } = pending
  const exchangePrivateKey = exchange.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
  const kept = { ...plain, exchangeKey: exchange.publicKey, exchangePrivateKey }
  await writePrivate(paths.enrolment, `${JSON.stringify(kept)}\n`)
}

/** What waits; null when nothing does, or what is kept cannot be read. */
export async function readPending(paths: AppliancePaths): Promise<PendingRequest | null> {
  const text = await readFile(paths.enrolment, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const { exchangeKey, exchangePrivateKey, ...plain } = schema.parse(JSON.parse(text))
    const der = Buffer.from(exchangePrivateKey, 'base64')
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    return { ...plain, exchange: { privateKey, publicKey: exchangeKey } }
  } catch {
    return null
  }
}

export const forgetPending = (paths: AppliancePaths): Promise<void> => rm(paths.enrolment, { force: true })

import { readFile } from 'node:fs/promises'
import { type EnrolmentGrant, enrolmentStatusSchema, type GrantWords, grantWordsSchema } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { openGrant } from '#lib/enrolment/grant.ts'
import { grantStatement } from '#lib/enrolment/statement.ts'
import { isSignedBy } from '#lib/ssh/ed25519.ts'
import { plainPublicKey } from '#lib/ssh/public-key.ts'
import type { AppliancePaths } from '../config.ts'
import { askHub } from './http.ts'
import type { PendingRequest } from './pending.ts'

const ASK_EVERY_MS = 1500

const ended = {
  rejected: 'The request was rejected at the hub.',
  expired: 'Nobody decided in time: the request has expired.',
}

/**
 * Waits for a person's word at the hub; a hub that is away for a while is waited for.
 * @param say  told once when the hub does not answer
 * @throws ProblemError `forbidden` when it was rejected or has expired; the signal's reason when aborted
 */
export async function awaitDecision(
  paths: AppliancePaths,
  pending: PendingRequest,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<GrantWords> {
  const hub = new URL(pending.hub)
  let said = ''
  for (;;) {
    signal.throwIfAborted()
    const body = { enrolmentId: pending.enrolmentId }
    const status = await askHub(hub, 'status', body, enrolmentStatusSchema).catch((error: unknown) => {
      const away = error instanceof ProblemError && ['unavailable', 'deadline', 'busy'].includes(error.problem.code)
      if (!away) throw error
      if (error.problem.happened !== said) say(`${error.problem.happened} Asking on.`)
      said = error.problem.happened
      return null
    })
    if (status?.state === 'approved') return read(paths, pending, status.grant)
    if (status?.state === 'rejected' || status?.state === 'expired')
      throw new ProblemError({
        code: 'forbidden',
        happened: ended[status.state],
        safe: 'Nothing was changed on this appliance.',
        remedy: 'Make a new code on the hub’s page Appliances, and enrol again.',
      })
    await sleep(ASK_EVERY_MS, signal)
  }
}

/** Believes only what the hub of the code signed, for this appliance and this request. */
async function read(paths: AppliancePaths, pending: PendingRequest, grant: EnrolmentGrant): Promise<GrantWords> {
  const publicKey = plainPublicKey(await readFile(paths.controlPublicKey, 'utf8'))
  const to = { enrolmentId: pending.enrolmentId, publicKey, exchangeKey: pending.exchange.publicKey }
  if (!isSignedBy(grantStatement(to, grant), grant.signature, pending.hostKey))
    throw new ProblemError({
      code: 'forbidden',
      happened: 'What came as the hub’s answer was not signed by the hub.',
      safe: 'Nothing was changed on this appliance.',
      remedy: 'Somebody may stand between hub and appliance: ask who runs the network before you try again.',
    })
  return grantWordsSchema.parse(JSON.parse(openGrant(grant, pending.exchange.privateKey, to)))
}

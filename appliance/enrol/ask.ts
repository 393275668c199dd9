import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { challengeSchema, enrolmentReceiptSchema } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import { isCodeOf, type PairingCode } from '#lib/enrolment/code.ts'
import { makeExchangeKey } from '#lib/enrolment/grant.ts'
import { challengeStatement, requestStatement } from '#lib/enrolment/statement.ts'
import { isSignedBy, readOpenSshKey, signEd25519 } from '#lib/ssh/ed25519.ts'
import { plainPublicKey } from '#lib/ssh/public-key.ts'
import { buildId } from '../build-id.ts'
import type { AppliancePaths } from '../config.ts'
import { askHub } from './http.ts'
import type { PendingRequest } from './pending.ts'

const notTheHub = (hub: URL) =>
  new ProblemError({
    code: 'forbidden',
    happened: `What answers at ${hub.origin} is not the hub that made this code: it did not prove the fingerprint that the code carries.`,
    safe: 'Nothing of this appliance was told to it.',
    remedy:
      'Check the address. If it is right, somebody may stand between: ask who runs the network before you try again.',
  })

/**
 * Asks to be let in: first the hub proves that it is the one the code came from, then this appliance that it holds code and key.
 * @throws ProblemError `forbidden` for a wrong code or a wrong hub, `unavailable` when nothing answers
 */
export async function askToEnrol(
  paths: AppliancePaths,
  { hub, code, name }: { hub: URL; code: PairingCode; name: string },
): Promise<PendingRequest> {
  const { codeKey } = code
  const nonce = randomBytes(32).toString('base64url')
  const challenge = await askHub(hub, 'challenge', { codeKey, nonce }, challengeSchema)
  const proved = isSignedBy(
    challengeStatement({ codeKey, nonce }, challenge.nonce),
    challenge.signature,
    challenge.hostKey,
  )
  if (!proved || !isCodeOf(code, challenge.hostKey)) throw notTheHub(hub)

  const ownKey = readOpenSshKey(await readFile(paths.controlKey, 'utf8'))
  const publicKey = plainPublicKey(await readFile(paths.controlPublicKey, 'utf8'))
  const exchange = makeExchangeKey()
  const said = { codeKey, publicKey, name, buildId, protocol: PROTOCOL_VERSION, exchangeKey: exchange.publicKey }
  const statement = requestStatement(said, { appliance: nonce, hub: challenge.nonce })
  const proofs = { codeProof: signEd25519(statement, code.key), keyProof: signEd25519(statement, ownKey) }
  const { enrolmentId } = await askHub(hub, 'request', { ...said, ...proofs }, enrolmentReceiptSchema)
  return { hub: hub.href, enrolmentId, hostKey: challenge.hostKey, exchange }
}

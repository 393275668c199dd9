import type { ChallengeRequest, EnrolmentRequest } from '#contracts/enrolment.ts'

/**
 * The bytes that are signed. They begin with words of their own and are longer than any hash, so that a signature over them
 * can never pass for one of the SSH protocol, whose host key makes some of them.
 */
function statement(kind: string, fields: readonly string[]): Buffer {
  return Buffer.from(`sendense-enrolment-v1 ${kind}\n${JSON.stringify(fields)}`)
}

/** What the hub signs first: it is there, now, and knows the code. */
export function challengeStatement({ codeKey, nonce }: ChallengeRequest, hubNonce: string): Buffer {
  return statement('challenge', [codeKey, nonce, hubNonce])
}

/** What the appliance signs with its own key and with the code's: who it is, in answer to the hub's nonce. */
export function requestStatement(
  request: Omit<EnrolmentRequest, 'codeProof' | 'keyProof'>,
  nonces: { appliance: string; hub: string },
): Buffer {
  const { codeKey, publicKey, name, buildId, protocol, exchangeKey } = request
  const said = [codeKey, publicKey, name, buildId, String(protocol), exchangeKey]
  return statement('request', [nonces.appliance, nonces.hub, ...said])
}

/** What the hub signs last: to whom the sealed words are. */
export function grantStatement(to: GrantAddress, grant: { exchangeKey: string; sealed: string }): Buffer {
  return statement('grant', [to.enrolmentId, to.publicKey, to.exchangeKey, grant.exchangeKey, grant.sealed])
}

/** Whom a grant is for. */
export interface GrantAddress {
  enrolmentId: string
  /** The appliance's SSH key. */
  publicKey: string
  /** base64url of its X25519 public key. */
  exchangeKey: string
}

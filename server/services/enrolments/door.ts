import { type ProblemCode, ProblemError } from '#contracts/problem.ts'
import { requestStatement } from '#lib/enrolment/statement.ts'
import { isSignedBy, isSignedByRaw } from '#lib/ssh/ed25519.ts'
import type { PrismaClient } from '../../db/client.ts'
import { offered, stateOf, useCode } from '../../db/enrolments.ts'
import type { HubServices } from '../api.ts'
import { Attempts } from '../auth/attempts.ts'
import type { Ask } from '../commands/ask.ts'
import type { Crypto } from '../ports.ts'

interface Deps {
  prisma: PrismaClient
  ask: Ask
  crypto: Pick<Crypto, 'fingerprint'>
}

/** One answer for every wrong code, so that nothing is learned from it: not known, used, withdrawn, too old, or not held by who asks. */
const refused = () =>
  new ProblemError({
    code: 'forbidden',
    happened:
      'The hub does not accept this pairing code: it is unknown, used already, withdrawn, or older than 15 minutes.',
    safe: 'Nothing was changed.',
    remedy: 'Make a new code on the hub’s page Appliances.',
  })

/** Failed tries from one address, and from all of them: a code has 96 bits, so this saves the hub work, not the codes. */
const LIMITS = { one: { tries: 20, windowMs: 60_000, names: 1000 }, all: { tries: 300, windowMs: 60_000, names: 1 } }

/** What a wrong guess is answered with; a fault of the hub is none. */
const guesses: readonly ProblemCode[] = ['forbidden', 'bad_input', 'not_found']

/** Thrown when an address has tried too often. */
export class TooManyTries extends Error {
  readonly waitMs: number
  constructor(waitMs: number) {
    super('too many failed tries')
    this.waitMs = waitMs
  }
}

/**
 * What an appliance that nobody knows yet may ask, over HTTP and without a session. No comparison here could tell a secret by its
 * time: codes and requests are found by public keys and random ids, and what proves a code is a signature.
 */
export function createEnrolmentDoor({ prisma, ask, crypto }: Deps): HubServices['enrolmentDoor'] {
  const one = new Attempts(LIMITS.one)
  const all = new Attempts(LIMITS.all)
  const counted = async <T>(address: string | null, work: () => Promise<T>): Promise<T> => {
    const name = address ?? 'unknown'
    const waitMs = Math.max(one.waitMs(name), all.waitMs('all'))
    if (waitMs > 0) throw new TooManyTries(waitMs)
    try {
      return await work()
    } catch (error) {
      if (error instanceof ProblemError && guesses.includes(error.problem.code)) {
        one.failed(name)
        all.failed('all')
      }
      throw error
    }
  }

  return {
    challenge: (input, address) =>
      counted(address, async () => {
        const offer = await offered(prisma, input.codeKey)
        if (!offer) throw refused()
        return ask('enrolments.challenge', { enrolmentId: offer.id, nonce: input.nonce })
      }),

    request: (input, address) =>
      counted(address, async () => {
        const { codeKey, codeProof, keyProof, ...said } = input
        const offer = await offered(prisma, codeKey)
        const { applianceNonce, hubNonce } = offer ?? {}
        if (!offer || !applianceNonce || !hubNonce) throw refused()
        const statement = requestStatement({ codeKey, ...said }, { appliance: applianceNonce, hub: hubNonce })
        if (!isSignedByRaw(statement, codeProof, codeKey)) throw refused()
        if (!isSignedBy(statement, keyProof, said.publicKey))
          throw new ProblemError({
            code: 'bad_input',
            field: 'keyProof',
            happened: 'The appliance did not prove that it holds the key it showed.',
            safe: 'Nothing was changed; the code may still be used.',
          })
        const used = await useCode(prisma, offer, { ...said, fingerprint: crypto.fingerprint(said.publicKey), address })
        if (!used) throw refused()
        return { enrolmentId: offer.id, expiresAt: used.expiresAt.toISOString() }
      }),

    status: ({ enrolmentId }, address) =>
      counted(address, async () => {
        const row = await prisma.enrolment.findUnique({ where: { id: enrolmentId } })
        if (!row?.publicKey)
          throw new ProblemError({
            code: 'not_found',
            happened: 'The hub knows no such request.',
            remedy: 'Make a new code on the hub’s page Appliances, and enrol again.',
          })
        const state = stateOf(row)
        if (state !== 'approved') return { state: state === 'pending' || state === 'expired' ? state : 'rejected' }
        // A grant is fetched within a day of the request; later nobody waits for it.
        if (row.expiresAt <= new Date()) return { state: 'expired' }
        return { state: 'approved', grant: await ask('enrolments.grant', { enrolmentId }) }
      }),
  }
}

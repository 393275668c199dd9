import { makePairingCode } from '#lib/enrolment/code.ts'
import type { PrismaClient } from '../../db/client.ts'
import { decide, enrolmentView, listEnrolments, offerCode } from '../../db/enrolments.ts'
import type { HubServices } from '../api.ts'
import type { Ask } from '../commands/ask.ts'
import type { Crypto } from '../ports.ts'

interface Deps {
  prisma: PrismaClient
  ask: Ask
  crypto: Pick<Crypto, 'fingerprint'>
}

/** Pairing codes and who used them, for administrators. Keys and ports are the engine's. */
export function createEnrolments({ prisma, ask, crypto }: Deps): HubServices['enrolments'] {
  const end = async (id: string, from: 'offered' | 'pending', to: 'withdrawn' | 'rejected', userId: string | null) => {
    await enrolmentView(prisma, id)
    await prisma.$transaction((tx) => decide(tx, id, from, { state: to, userId }))
    return enrolmentView(prisma, id)
  }
  return {
    list: () => listEnrolments(prisma),
    async offer({ userId }) {
      const { hostKey, sshHost } = await ask('hub.address', {})
      const { text, codeKey } = makePairingCode(hostKey)
      const enrolment = await offerCode(prisma, { codeKey, userId })
      return { enrolment, code: text, sshHost, hubFingerprint: crypto.fingerprint(hostKey) }
    },
    async approve({ id, name }, { userId }) {
      await enrolmentView(prisma, id)
      await ask('enrolments.approve', { enrolmentId: id, name, userId })
      return enrolmentView(prisma, id)
    },
    reject: (id, { userId }) => end(id, 'pending', 'rejected', userId),
    withdraw: (id, { userId }) => end(id, 'offered', 'withdrawn', userId),
  }
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Challenge, EnrolmentGrant, GrantWords } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sealGrant } from '#lib/enrolment/grant.ts'
import { challengeStatement, grantStatement } from '#lib/enrolment/statement.ts'
import { readOpenSshKey, signEd25519 } from '#lib/ssh/ed25519.ts'
import { writeAppliance } from '../db/appliances.ts'
import { decide, keepNonces, requestOf } from '../db/enrolments.ts'
import { applianceTokenPlace } from '../db/vault.ts'
import { hostKeyFile } from '../drivers/ssh/driver.ts'
import { createKeyring } from '../drivers/vault/driver.ts'
import type { CommandOutput } from '../services/commands/contract.ts'
import type { EngineContext } from './context.ts'

/** Where appliances dial in: the same for all of them. */
export function hubAddress({ env, sshd }: EngineContext): CommandOutput<'hub.address'> {
  return { sshHost: env.sshPublicHost, sshPort: env.ssh.port, sshUser: sshd.user, hostKey: sshd.hostKey }
}

/** Signs with the SSH host key: it is what a pairing code carries the fingerprint of, and what appliances pin. */
async function sign({ env }: EngineContext, statement: Uint8Array): Promise<string> {
  return signEd25519(statement, readOpenSshKey(await readFile(hostKeyFile(env.paths.ssh), 'utf8')))
}

const gone = () =>
  new ProblemError({
    code: 'conflict',
    happened: 'This request was decided already, or has expired.',
    safe: 'Nothing was changed.',
  })

/** Answers the challenge of somebody who holds an open code: proves who the hub is, and asks back with a nonce. */
export async function answerChallenge(
  ctx: EngineContext,
  { enrolmentId, nonce }: { enrolmentId: string; nonce: string },
): Promise<Challenge> {
  const { codeKey } = await ctx.prisma.enrolment.findUniqueOrThrow({ where: { id: enrolmentId } })
  const hubNonce = randomBytes(32).toString('base64url')
  if (!(await keepNonces(ctx.prisma, enrolmentId, { applianceNonce: nonce, hubNonce }))) throw gone()
  const signature = await sign(ctx, challengeStatement({ codeKey, nonce }, hubNonce))
  return { hostKey: ctx.sshd.hostKey, nonce: hubNonce, signature }
}

/** Gives the one who asks a port and a token, and lets its key in. */
export async function approve(
  ctx: EngineContext,
  { enrolmentId, name, userId }: { enrolmentId: string; name: string; userId: string | null },
): Promise<{ applianceId: string }> {
  const row = await ctx.prisma.enrolment.findUniqueOrThrow({ where: { id: enrolmentId } })
  const said = requestOf(row)
  if (!said) throw gone()
  const token = randomBytes(32).toString('base64url')
  const { publicKey, fingerprint } = said
  const keys = createKeyring(ctx.env.paths.secrets)
  const sealToken = (place: string) => keys.seal(token, place)
  const applianceId = await ctx.prisma.$transaction(async (tx) => {
    const { id } = await writeAppliance(tx, { name, publicKey, fingerprint, sealToken }, ctx.env.controlPorts)
    await decide(tx, enrolmentId, 'pending', { state: 'approved', userId, applianceId: id })
    return id
  })
  await ctx.keys.apply()
  await ctx.sessions.sync()
  return { applianceId }
}

/** What an approved appliance must be told, sealed to it and signed. */
export async function grant(ctx: EngineContext, { enrolmentId }: { enrolmentId: string }): Promise<EnrolmentGrant> {
  const row = await ctx.prisma.enrolment.findUniqueOrThrow({ where: { id: enrolmentId } })
  const said = requestOf(row)
  const appliance =
    row.state === 'approved' && row.applianceId
      ? await ctx.prisma.appliance.findUnique({ where: { id: row.applianceId, enabled: true } })
      : null
  // Revoked since, or another key has taken its place: there is nothing to tell.
  if (!said || appliance?.fingerprint !== said.fingerprint) throw gone()
  const keys = createKeyring(ctx.env.paths.secrets)
  const apiToken = (await keys.open(appliance.apiTokenSealed, applianceTokenPlace(appliance.id))).toString()
  const words: GrantWords = { name: appliance.name, ...hubAddress(ctx), apiPort: appliance.apiPort, apiToken }
  const to = { enrolmentId, publicKey: said.publicKey, exchangeKey: said.exchangeKey }
  const sealed = sealGrant(JSON.stringify(words), to)
  return { ...sealed, signature: await sign(ctx, grantStatement(to, sealed)) }
}

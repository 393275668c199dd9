import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { ProblemError } from '#contracts/problem.ts'
import type { PrismaClient } from '../../db/client.ts'
import type { HubEnv } from '../../env.ts'
import { type Auth, MAX_PASSWORD, MIN_PASSWORD } from './auth.ts'
import { readOrCreateSecret, readSecret } from './secret.ts'

export const administratorSchema = z.object({
  token: z.string().trim().min(1, 'is needed').max(200),
  name: z.string().trim().min(1, 'is needed').max(100),
  email: z.email('is not an email address').max(255),
  password: z
    .string()
    .min(MIN_PASSWORD, `needs at least ${MIN_PASSWORD} characters`)
    .max(MAX_PASSWORD, `can have ${MAX_PASSWORD} characters at most`),
})
export type NewAdministrator = z.infer<typeof administratorSchema>

/** What first run needs of the hub. */
export interface Setup {
  /** True while there is no administrator. */
  needed(): Promise<boolean>
  createAdministrator(input: NewAdministrator): Promise<{ userId: string }>
}

interface Deps {
  prisma: PrismaClient
  env: Pick<HubEnv, 'paths'>
}

const tokenFile = (env: Deps['env']) => path.join(env.paths.secrets, 'setup-token')
const digest = (text: string) => createHash('sha256').update(text).digest()

export async function setupNeeded(prisma: PrismaClient): Promise<boolean> {
  const installation = await prisma.installation.findUnique({ where: { id: 1 }, select: { setupClaimedAt: true } })
  return installation?.setupClaimedAt === null
}

/**
 * The token that makes the first administrator, from `<home>/secrets/setup-token`, made when missing. Null, and the
 * file is gone, once there is an administrator.
 */
export async function ensureSetupToken({ prisma, env }: Deps): Promise<string | null> {
  if (await setupNeeded(prisma)) return readOrCreateSecret(tokenFile(env))
  await rm(tokenFile(env), { force: true })
  return null
}

/**
 * First run: makes the administrator. Of two at once one wins; the other is told so.
 * @throws ProblemError `forbidden` for a wrong token, `conflict` when there is an administrator already
 */
export async function createAdministrator(
  { prisma, env, auth }: Deps & { auth: Auth },
  input: NewAdministrator,
): Promise<{ userId: string }> {
  const taken = () =>
    new ProblemError({
      code: 'conflict',
      happened: 'This hub has its administrator already.',
      safe: 'Nothing was changed.',
      remedy: 'Sign in instead.',
    })
  if (!(await setupNeeded(prisma))) throw taken()
  const expected = await readSecret(tokenFile(env))
  if (expected === null || !timingSafeEqual(digest(input.token), digest(expected)))
    throw new ProblemError({
      code: 'forbidden',
      field: 'token',
      happened: 'The setup token is not the one of this hub.',
      safe: 'Nothing was changed.',
      remedy: `Copy it from ${tokenFile(env)} on the hub.`,
    })
  const password = await (await auth.$context).password.hash(input.password)
  const userId = randomUUID()
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.installation.updateMany({
      where: { id: 1, setupClaimedAt: null },
      data: { setupClaimedAt: new Date() },
    })
    if (count === 0) throw taken()
    const email = input.email.toLowerCase()
    await tx.user.create({ data: { id: userId, name: input.name, email, emailVerified: true, role: 'administrator' } })
    await tx.account.create({
      data: { id: randomUUID(), accountId: userId, providerId: 'credential', userId, password },
    })
  })
  await rm(tokenFile(env), { force: true })
  return { userId }
}

/** First run over one hub's parts. */
export function createSetup(deps: Deps & { auth: Auth }): Setup {
  return {
    needed: () => setupNeeded(deps.prisma),
    createAdministrator: (input) => createAdministrator(deps, input),
  }
}

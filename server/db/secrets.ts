import type { Db } from './client.ts'
import { applianceTokenPlace, type Sealed, secretPlace } from './vault.ts'

/** What must not leave the hub: texts as they are stored, and tokens that only the vault's key opens. */
export async function knownSecrets(db: Db): Promise<{ texts: string[]; sealed: Sealed[] }> {
  const [sessions, accounts, verifications, users, appliances, secrets] = await Promise.all([
    db.session.findMany({ select: { token: true } }),
    db.account.findMany({ select: { password: true, accessToken: true, refreshToken: true, idToken: true } }),
    db.verification.findMany({ select: { value: true, identifier: true } }),
    db.user.findMany({ select: { email: true } }),
    db.appliance.findMany({ select: { id: true, apiTokenSealed: true } }),
    db.secret.findMany({ select: { id: true, kind: true, sealed: true } }),
  ])
  const texts = [sessions, accounts, verifications, users].flatMap((rows) => rows.flatMap((row) => Object.values(row)))
  return {
    texts: texts.filter((text) => typeof text === 'string'),
    sealed: [
      ...appliances.map(({ id, apiTokenSealed }) => ({ place: applianceTokenPlace(id), bytes: apiTokenSealed })),
      ...secrets.map((row) => ({ place: secretPlace(row), bytes: row.sealed })),
    ],
  }
}

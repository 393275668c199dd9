import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { PrismaClient } from '../../db/client.ts'
import { knownSecrets } from '../../db/secrets.ts'
import type { HubEnv } from '../../env.ts'
import type { Crypto } from '../ports.ts'

async function filesIn(directory: string): Promise<Buffer[]> {
  const names = await readdir(directory).catch(() => [])
  const files = await Promise.all(names.map((name) => readFile(path.join(directory, name)).catch(() => null)))
  return files.filter((file) => file !== null)
}

/** A file of a secret as text, and as it would be written if its bytes are no text. */
const spelled = (file: Buffer) => [file.toString('utf8').trim(), file.toString('hex'), file.toString('base64')]

/** Lines of a private key in the form of PEM. */
const keyLines = (file: Buffer) => {
  const text = file.toString('latin1')
  return text.includes('PRIVATE KEY-----') ? text.split('\n').filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line)) : []
}

const passwordOf = (url: string | null) => {
  try {
    return decodeURIComponent(new URL(url ?? '').password)
  } catch {
    return ''
  }
}

/** Every secret that this hub knows by its value. Without the database, those in files. */
export async function gatherSecrets(env: HubEnv, prisma: PrismaClient | null, crypto: Crypto): Promise<string[]> {
  const [secrets, ssh] = await Promise.all([filesIn(env.paths.secrets), filesIn(env.paths.ssh)])
  const stored = prisma ? await knownSecrets(prisma) : { texts: [], sealed: [] }
  const opened = stored.sealed.map(({ place, bytes }) => crypto.open(bytes, place).catch(() => ''))
  return [
    ...[...secrets.flatMap(spelled), ...[...secrets, ...ssh].flatMap(keyLines)],
    ...[...stored.texts, ...(await Promise.all(opened)), passwordOf(env.databaseUrl)],
  ]
}

import { createWriteStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ProblemError } from '#contracts/problem.ts'
import { type TarFile, tarChunks } from '#lib/archive/tar.ts'
import type { HubEnv } from '#server/env.ts'

/** Keys that cannot be made again; the others of that directory can. */
const KEYS = ['vault.key', 'vault.key.next', 'auth-secret', 'metrics-token']

const withoutPassword = (url: string): string => {
  const shown = URL.parse(url)
  if (!shown) return '(not a URL)'
  if (shown.password !== '') shown.password = 'PASSWORD'
  return shown.href
}

/** The hub's settings as a file of the launcher's environment; the database's password is not in it. */
export function settingsOf(env: HubEnv): string {
  const lines = {
    SENDENSE_HOME: env.home,
    SENDENSE_HTTP_HOST: env.http.host,
    SENDENSE_HTTP_PORT: env.http.port,
    SENDENSE_URL: env.url,
    SENDENSE_SSH_HOST: env.ssh.host,
    SENDENSE_SSH_PORT: env.ssh.port,
    SENDENSE_PUBLIC_HOST: env.sshPublicHost,
    SENDENSE_EXPORT_PORTS: env.exportPorts.join('-'),
    SENDENSE_CONTROL_PORTS: env.controlPorts.join('-'),
    ...(env.databaseUrl === null ? {} : { DATABASE_URL: withoutPassword(env.databaseUrl) }),
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

const README = `Recovery kit of a Sendense hub. Who has this and a copy of the database can act as the hub: keep it closed.

What is in it
  secrets/vault.key      opens appliances' tokens and source credentials in the database
  secrets/vault.key.next there only when a rotation of the key was under way: it opens the rest
  secrets/auth-secret    signs sessions; without it people sign in again
  secrets/metrics-token  what Prometheus sends
  ssh/host_ed25519       what appliances pin; without it each must be enrolled again
  hub.env                settings

To bring a hub back
  1. Install Sendense of the same version, and do not start it.
  2. Put the database back: the home's "postgres" directory from your copy, or your own PostgreSQL's dump.
  3. Copy secrets/ and ssh/ into the hub's home (SENDENSE_HOME in hub.env), owned by the user of the service, files 0600,
     directories 0700; put hub.env to /etc/sendense/hub.env and write the database's password into it.
  4. Start the hub. Appliances dial in by themselves. Backups need none of this: they are plain QCOW2 files.
Without the database: backups can be read all the same; add the appliances again by pairing codes.
`

async function keysOf(env: HubEnv): Promise<TarFile[]> {
  const named = (dir: string, names: readonly string[], as: string) =>
    names.map(async (name) => ({
      name: `${as}/${name}`,
      content: await readFile(path.join(dir, name)),
      modifiedAt: Date.now(),
    }))
  const present: string[] = await readdir(env.paths.secrets).catch(() => [])
  if (!present.includes('vault.key'))
    throw new ProblemError({
      code: 'not_found',
      happened: `There is no vault.key in ${env.paths.secrets}.`,
      remedy: 'Set SENDENSE_HOME to the home of the hub, and run this as its user or as root.',
    })
  const secrets = named(
    env.paths.secrets,
    KEYS.filter((name) => present.includes(name)),
    'secrets',
  )
  const ssh = named(env.paths.ssh, ['host_ed25519'], 'ssh')
  return Promise.all([...secrets, ...ssh])
}

/** Writes the kit. @throws ProblemError, also when the file is there already */
export async function writeKit(env: HubEnv, out: string): Promise<string[]> {
  const text = (name: string, words: string): TarFile => ({ name, content: Buffer.from(words), modifiedAt: Date.now() })
  const files = [text('README.txt', README), text('hub.env', settingsOf(env)), ...(await keysOf(env))]
  try {
    const named = files.map((file) => ({ ...file, name: `sendense-recovery-kit/${file.name}` }))
    await pipeline(Readable.from(tarChunks(named)), createGzip(), createWriteStream(out, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ProblemError({
      code: 'bad_input',
      field: 'out',
      happened: code === 'EEXIST' ? `${out} is there already.` : `${out} cannot be written: ${message}`,
      safe: 'Nothing was overwritten.',
      remedy: 'Name another file.',
    })
  }
  return files.map(({ name }) => name)
}

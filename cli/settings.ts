import { open } from 'node:fs/promises'
import path from 'node:path'
import { CliError, exits } from './exit.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  url: string
  /** Reads the token when it is needed; null: there is none. */
  token(): Promise<string | null>
  tokenFile: string
}

const usage = (message: string, remedy?: string) => new CliError(exits.usage, message, remedy)

/** The first line of a file that only its owner reads. @throws CliError naming what is wrong with it */
async function secretFile(file: string, mustBe: boolean): Promise<string | null> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !mustBe) return null
    throw usage(`The token file ${file} cannot be read (${error.code}).`)
  })
  if (handle === null) return null
  try {
    const { mode } = await handle.stat()
    if ((mode & 0o077) !== 0)
      throw usage(`Others can read the token file ${file}.`, `Keep it to yourself: chmod 600 ${file}`)
    return tokenIn(await handle.readFile('utf8'), file)
  } finally {
    await handle.close()
  }
}

/** @throws CliError when it is no token */
export function tokenIn(text: string, where: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]{16,500}$/.test(token)) return token
  throw usage(`There is no token in ${where}: one line of 16 to 500 characters without spaces is expected.`)
}

async function fromDescriptor(number: string): Promise<string> {
  if (!/^\d{1,4}$/.test(number)) throw usage('SENDENSE_TOKEN_FD must be the number of an open file.')
  const handle = await open(`/dev/fd/${number}`, 'r').catch(() => {
    throw usage(`File descriptor ${number} (SENDENSE_TOKEN_FD) is not open for reading.`)
  })
  try {
    return tokenIn(await handle.readFile('utf8'), `file descriptor ${number}`)
  } finally {
    await handle.close()
  }
}

/**
 * Which hub, and as whom. The token comes from a descriptor, a named file, or the file that `sendense token save` writes:
 * never from the command line, which every user of the machine can read.
 */
export function settingsFrom(env: Environment, urlOption: string | undefined): Settings {
  const given = urlOption ?? env.SENDENSE_URL ?? 'http://127.0.0.1:3000'
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usage(
      `"${given}" is not the address of a hub.`,
      'It looks like https://backups.example.org (SENDENSE_URL, or --url).',
    )
  if (url.username || url.password) throw usage('An address of a hub holds no password.')
  const base = env.XDG_CONFIG_HOME ?? path.join(env.HOME ?? '/', '.config')
  const tokenFile = path.join(base, 'sendense', 'token')
  return {
    url: url.href,
    tokenFile,
    async token() {
      if (env.SENDENSE_TOKEN_FD) return fromDescriptor(env.SENDENSE_TOKEN_FD)
      if (env.SENDENSE_TOKEN_FILE) return secretFile(env.SENDENSE_TOKEN_FILE, true)
      return secretFile(tokenFile, false)
    },
  }
}

import { readFile } from 'node:fs/promises'
import type { GrantWords } from '#contracts/enrolment.ts'
import { ProblemError } from '#contracts/problem.ts'
import { parsePairingCode } from '#lib/enrolment/code.ts'
import { fingerprint } from '#lib/ssh/public-key.ts'
import { appliancePaths, type HubConfig } from '../config.ts'
import { readConfig, writeConfig, writePrivate } from '../config-file.ts'
import { exists } from '../files.ts'
import { init } from '../init.ts'
import { askToEnrol } from './ask.ts'
import { forgetPending, keepPending, type PendingRequest, readPending } from './pending.ts'
import { awaitDecision } from './wait.ts'

export interface EnrolOptions {
  dataDir: string
  hub: URL | null
  /** `given`: by the command, so a new request begins even if a former one waits. */
  code: { given: boolean; read(): Promise<string> }
  name: string
  listenHost: string | null
  apiPort: number | null
  signal: AbortSignal
  say(line: string): void
}

const isEveryAddress = (host: string) => host === '0.0.0.0' || host === '::'

/** Where to dial: a hub that listens at every address has no one name, so the one by which it was reached is taken. */
function hubOf({ sshHost, sshPort, sshUser, hostKey, apiPort }: GrantWords, reachedBy: string): HubConfig {
  const host = isEveryAddress(sshHost) ? new URL(reachedBy).hostname.replace(/^\[|\]$/g, '') : sshHost
  return { sshHost: host, sshPort, sshUser, hostKey, apiPort }
}

/**
 * Joins a hub by a pairing code: makes keys and settings where they are missing, asks, waits for a person's approval, and writes
 * what the hub answers. A running daemon dials at once.
 * @throws ProblemError `bad_input` (code, name, settings), `forbidden` (wrong code or hub, rejected), `unavailable`
 */
export async function enrol(options: EnrolOptions): Promise<HubConfig & { name: string }> {
  const { dataDir, say, signal } = options
  const paths = appliancePaths(dataDir)
  const present = (await exists(paths.config)) ? await readConfig(paths.config) : null
  await init({
    dataDir,
    name: options.name,
    listenHost: options.listenHost ?? present?.listenHost ?? '127.0.0.1',
    ...(options.apiPort === null ? {} : { apiPort: options.apiPort }),
  })
  const pending = await request(options)
  say(`This appliance's key: ${fingerprint(await readFile(paths.controlPublicKey, 'utf8'))}`)
  say('Waiting for approval on the hub’s page Appliances. Compare the key there with this one.')
  const words = await awaitDecision(paths, pending, signal, say).catch(async (error: unknown) => {
    if (!signal.aborted) await forgetPending(paths)
    throw error
  })
  const hub = hubOf(words, pending.hub)
  // The token first: a daemon that sees the hub in its settings must know it.
  await writePrivate(paths.apiToken, `${words.apiToken}\n`)
  await writeConfig(paths.config, { ...(await readConfig(paths.config)), name: words.name, hub, hubUrl: pending.hub })
  await forgetPending(paths)
  return { ...hub, name: words.name }
}

async function request(options: EnrolOptions): Promise<PendingRequest> {
  const paths = appliancePaths(options.dataDir)
  const waiting = await readPending(paths)
  if (waiting && !options.code.given && (options.hub === null || options.hub.href === waiting.hub)) {
    options.say(`A request to ${new URL(waiting.hub).origin} waits already.`)
    return waiting
  }
  if (options.hub === null)
    throw new ProblemError({
      code: 'bad_input',
      field: 'hub',
      happened: 'No request waits, and no hub was named.',
      remedy: 'Give --hub with the address of the hub’s dashboard.',
    })
  const code = parsePairingCode(await options.code.read())
  const pending = await askToEnrol(paths, { hub: options.hub, code, name: options.name })
  await keepPending(paths, pending)
  return pending
}

import { readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { applianceNameSchema } from '#contracts/enrolment.ts'
import { waitFor } from '#lib/async/wait.ts'
import { stopSignal } from '#lib/process/stop-signal.ts'
import { options, portOf, required, UsageError } from '../command-line.ts'
import { appliancePaths, DEFAULT_DATA_DIR } from '../config.ts'
import { readConfig } from '../config-file.ts'
import { enrol } from '../enrol/enrol.ts'
import { readPending } from '../enrol/pending.ts'
import { readSecret } from '../enrol/prompt.ts'
import { exists } from '../files.ts'
import { askDaemon } from '../local-api.ts'

/** As shells have it for SIGINT. */
const INTERRUPTED = 130
const DIALS_WITHIN_MS = 20_000
const say = (line: string) => void process.stderr.write(`${line}\n`)

function hubUrl(given: string | undefined): URL | null {
  if (given === undefined) return null
  const url = URL.parse(given)
  if (url && ['http:', 'https:'].includes(url.protocol)) return new URL(url.origin)
  throw new UsageError('--hub is the address of the hub’s dashboard, such as https://backup.example.org')
}

/** The name it had, else the computer's, cut down to what may stand in one. */
async function nameOf(given: string | undefined, dataDir: string): Promise<string> {
  const paths = appliancePaths(dataDir)
  const present = given === undefined && (await exists(paths.config)) ? (await readConfig(paths.config)).name : null
  const host = os
    .hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
  const name = applianceNameSchema.safeParse(given ?? present ?? (host.slice(0, 63) || 'appliance'))
  if (name.success) return name.data
  throw new UsageError(`--name ${name.error.issues[0]?.message}`)
}

/** `enroll`: joins a hub by a pairing code; exit status 0 when it is approved. */
export async function enrollCommand(args: string[]): Promise<number> {
  const given = options(args, ['hub', 'data', 'name', 'code', 'code-file', 'listen', 'api-port'])
  const dataDir = path.resolve(given.data ?? DEFAULT_DATA_DIR)
  const paths = appliancePaths(dataDir)
  const hub = hubUrl(given.hub)
  if (hub === null && !(await readPending(paths))) required(given.hub, 'hub')
  const signal = stopSignal()
  const file = given['code-file']
  const joining = enrol({
    dataDir,
    hub,
    code: {
      given: given.code !== undefined || file !== undefined,
      read: async () =>
        given.code ?? (file === undefined ? readSecret('Pairing code: ', signal) : readFile(file, 'utf8')),
    },
    name: await nameOf(given.name, dataDir),
    listenHost: given.listen ?? null,
    apiPort: portOf(given['api-port'], 'api-port'),
    signal,
    say,
  })
  const joined = await joining.catch((error: unknown) => {
    if (!signal.aborted) throw error
    return null
  })
  if (joined === null) {
    const waits = await readPending(paths)
    say(
      waits
        ? 'Stopped. The request still waits: the same command without a code goes on.'
        : 'Stopped; nothing was asked.',
    )
    return INTERRUPTED
  }
  say(`Approved as ${joined.name}. It dials ${joined.sshUser}@${joined.sshHost}, port ${joined.sshPort}.`)
  const config = await readConfig(paths.config)
  if (!(await askDaemon(paths, config))) {
    say('The appliance does not run yet. Start it: systemctl enable --now sendense-appliance,')
    say(`or in a terminal: sendense-appliance run --data ${dataDir}`)
    return 0
  }
  const connected = async () => (await askDaemon(paths, config))?.tunnel.state === 'connected'
  const dialled = await waitFor(connected, { deadlineMs: DIALS_WITHIN_MS, everyMs: 200, signal })
  say(dialled ? 'Its tunnel stands.' : 'Its tunnel does not stand yet: "sendense-appliance doctor" says why.')
  return 0
}

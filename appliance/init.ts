import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import {
  type ApplianceConfig,
  type AppliancePaths,
  appliancePaths,
  defaultKeepAliveSeconds,
  defaultLease,
} from './config.ts'
import { readConfig, writeConfig, writePrivate } from './config-file.ts'
import { exists } from './files.ts'
import { makeKeyPair } from './tunnel/keys.ts'

export interface InitOptions {
  dataDir: string
  name: string
  listenHost: string
  apiPort?: number
}

export interface InitResult {
  name: string
  publicKey: string
  apiTokenFile: string
}

/** Where the API listens unless told otherwise. */
export const DEFAULT_API_PORT = 9081

/** Makes data directory, key pair, token and settings. What is there already stays, except for the values given. */
export async function init(options: InitOptions): Promise<InitResult> {
  const paths = appliancePaths(options.dataDir)
  await mkdir(paths.jobs, { recursive: true, mode: 0o700 })
  await chmod(paths.dataDir, 0o700)
  if (!(await exists(paths.controlKey))) await makeKeyPair(paths.controlKey, `sendense-appliance ${options.name}`)
  if (!(await exists(paths.apiToken))) await writePrivate(paths.apiToken, `${randomBytes(32).toString('base64url')}\n`)
  await writeConfig(paths.config, await initialConfig(paths, options))
  return {
    name: options.name,
    publicKey: (await readFile(paths.controlPublicKey, 'utf8')).trim(),
    apiTokenFile: paths.apiToken,
  }
}

async function initialConfig(paths: AppliancePaths, options: InitOptions): Promise<ApplianceConfig> {
  const given = { name: options.name, listenHost: options.listenHost }
  if (!(await exists(paths.config)))
    return {
      ...given,
      apiPort: options.apiPort ?? DEFAULT_API_PORT,
      disksAtOnce: 2,
      hub: null,
      hubUrl: null,
      keepAliveSeconds: defaultKeepAliveSeconds,
      lease: defaultLease,
      sources: [],
    }
  const present = await readConfig(paths.config)
  return { ...present, ...given, apiPort: options.apiPort ?? present.apiPort }
}

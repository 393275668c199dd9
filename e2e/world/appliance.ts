import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type ApplianceConfig, appliancePaths } from '#appliance/config.ts'
import { readConfig, writeConfig } from '#appliance/config-file.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { walk } from './files.ts'

/** The checkout this file lies in. */
export const checkout = path.resolve(import.meta.dirname, '../..')

const newest = async (directory: string) => {
  const files = (await walk(path.join(checkout, directory))).filter((file) => file.endsWith('.ts'))
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))
  return Math.max(0, ...times)
}

/** The bundle as a hypervisor gets it, when it is built and not older than its sources; else the sources themselves. */
export async function applianceEntry(): Promise<string> {
  const bundle = path.join(checkout, 'dist/sendense-appliance.mjs')
  const built = await stat(bundle).catch(() => null)
  if (built) {
    const sources = await Promise.all(['appliance', 'contracts', 'lib'].map(newest))
    if (built.mtimeMs >= Math.max(...sources)) return bundle
  }
  return path.join(checkout, 'appliance/main.ts')
}

export interface NewAppliance {
  entry: string
  dataDir: string
  publicKey: string
  apiToken: string
}

/** Makes a data directory with keys and token of its own, as a person does by `init`. Keeps what is there. */
export async function initAppliance(options: {
  dataDir: string
  name: string
  listenHost: string
  /** Default: the one it had, or 9081. */
  apiPort?: number
}): Promise<NewAppliance> {
  const entry = await applianceEntry()
  const { dataDir, name, listenHost } = options
  const port = options.apiPort === undefined ? [] : ['--api-port', String(options.apiPort)]
  await runOrThrow(
    process.execPath,
    [entry, 'init', '--data', dataDir, '--name', name, '--listen', listenHost, ...port],
    {
      code: 'internal',
      happened: 'The appliance could not be set up',
    },
  )
  const paths = appliancePaths(dataDir)
  const [publicKey, apiToken] = await Promise.all([
    readFile(paths.controlPublicKey, 'utf8'),
    readFile(paths.apiToken, 'utf8'),
  ])
  return { entry, dataDir, publicKey: publicKey.trim(), apiToken: apiToken.trim() }
}

/** Changes an appliance's settings; a running one takes them up by itself. */
export async function configureAppliance(
  dataDir: string,
  change: (config: ApplianceConfig) => ApplianceConfig,
): Promise<void> {
  const file = appliancePaths(dataDir).config
  await writeConfig(file, change(await readConfig(file)))
}

/** Takes a machine of disk images out of the appliance's settings. */
export async function removeImageVm(dataDir: string, ref: string): Promise<void> {
  await configureAppliance(dataDir, (config) => ({
    ...config,
    sources: config.sources.map((source) =>
      source.kind === 'image' ? { ...source, vms: source.vms.filter((vm) => vm.ref !== ref) } : source,
    ),
  }))
}

/** A disk by its file, or by the NBD URL that serves it. */
export interface WorldDisk {
  key: number
  path?: string
  url?: string
  label?: string
}

/** Puts a machine of disk images into the appliance's settings; one of the same `ref` is replaced. */
export async function addImageVm(
  dataDir: string,
  vm: { ref: string; name: string; disks: readonly WorldDisk[] },
): Promise<void> {
  await configureAppliance(dataDir, (config) => {
    const source = config.sources.find(({ kind }) => kind === 'image') ?? { name: 'images', kind: 'image', vms: [] }
    const vms = [...source.vms.filter(({ ref }) => ref !== vm.ref), { ...vm, disks: [...vm.disks] }]
    return { ...config, sources: [...config.sources.filter((other) => other !== source), { ...source, vms }] }
  })
}

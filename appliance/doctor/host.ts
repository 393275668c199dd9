import { open, readFile, stat, statfs } from 'node:fs/promises'
import { formatBytes } from '#lib/format/bytes.ts'
import type { ApplianceConfig, AppliancePaths } from '../config.ts'
import type { Hello } from '../local-api.ts'
import { toolVersions } from '../tools.ts'
import { freePort } from '../tunnel/listening.ts'
import { type Finding, failed, notApplicable, passed } from './report.ts'

const NODE_MAJOR = 24
/** Logs, ledgers and the lists of what is to be read: little, but without them no job begins. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024

export function checkNode(version = process.versions.node): Finding {
  if (Number(version.split('.')[0]) >= NODE_MAJOR) return passed('Node', version)
  return failed(
    'Node',
    version,
    `Node ${NODE_MAJOR} or newer is needed: take the one that is shipped with the appliance.`,
  )
}

/** The Debian package of each tool. */
const packages: Readonly<Record<string, string>> = {
  ...{ nbdkit: 'nbdkit', 'qemu-nbd': 'qemu-utils', ssh: 'openssh-client', ss: 'iproute2' },
}

export async function checkTools(): Promise<Finding[]> {
  return (await toolVersions()).map(({ name, version }) =>
    version === null
      ? failed(name, 'not installed', `apt-get install ${packages[name] ?? name}`)
      : passed(name, version),
  )
}

/** Keys and tokens are the service's alone. */
export async function checkFiles(paths: AppliancePaths): Promise<Finding> {
  const loose: string[] = []
  for (const file of [paths.dataDir, paths.config, paths.controlKey, paths.apiToken]) {
    const found = await stat(file).catch(() => null)
    if (!found)
      return failed(
        'files',
        `${file} is missing`,
        'Run "enroll" (or "init"): it makes what is missing and keeps the rest.',
      )
    if ((found.mode & 0o077) !== 0) loose.push(file)
    // Who reads what only its owner may read is the owner, or root, whose service cannot.
    if (
      !(await readFile(file).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
      ))
    )
      return failed(
        'files',
        `${file} cannot be read`,
        'Run doctor as the user of the service, who must own the directory.',
      )
  }
  if (loose.length === 0) return passed('files', `${paths.dataDir} and its secrets are closed to others`)
  return failed('files', `others may read ${loose.join(', ')}`, `chmod -R go-rwx ${paths.dataDir}`)
}

export async function checkDisk(paths: AppliancePaths): Promise<Finding> {
  const { bavail, bsize } = await statfs(paths.dataDir)
  const free = bavail * bsize
  const words = `${formatBytes(free)} free for ${paths.dataDir}`
  if (free >= LEAST_FREE_BYTES) return passed('disk', words)
  return failed(
    'disk',
    words,
    `Make room: at least ${formatBytes(LEAST_FREE_BYTES)} are needed for logs and the records of jobs.`,
  )
}

/** Its API's port is its own or free, and the forwards of jobs find ports on its address. */
export async function checkPorts(config: ApplianceConfig, hello: Hello | null): Promise<Finding[]> {
  const where = `${config.listenHost}:${config.apiPort}`
  const got = await freePort(config.listenHost, config.apiPort).catch(() => null)
  const api =
    hello !== null
      ? passed('API port', `${where} is the running appliance's`)
      : got === config.apiPort
        ? passed('API port', `${where} is free`)
        : failed(
            'API port',
            `${where} is taken by another program`,
            'Choose another one: "init --api-port", then restart.',
          )
  const forwards =
    got === null
      ? failed(
          'forwards',
          `nothing can listen on ${config.listenHost}`,
          'See that it is a loopback address: "listenHost" in the settings.',
        )
      : passed('forwards', `ports can be taken on ${config.listenHost}`)
  return [api, forwards]
}

/** Each disk of the settings can be opened for reading by who asks. */
export async function checkSources({ sources }: ApplianceConfig): Promise<Finding[]> {
  const files = sources.flatMap(({ vms }) =>
    vms.flatMap(({ name, disks }) => disks.map((disk) => ({ vm: name, ...disk }))),
  )
  if (files.length === 0) return [notApplicable('sources', 'no disk stands in the settings yet')]
  const findings = await Promise.all(
    files.map(async ({ vm, key, path }) => {
      if (path === undefined) return null
      const error = await readable(path)
      const what = `disk ${key} of ${vm}`
      return error === null
        ? null
        : failed(
            what,
            `${path}: ${error}`,
            'Correct the path, or let the service’s user read it (SupplementaryGroups= in the unit).',
          )
    }),
  )
  const bad = findings.filter((finding) => finding !== null)
  return bad.length > 0 ? bad : [passed('sources', `${files.length} disks can be opened`)]
}

async function readable(file: string): Promise<string | null> {
  try {
    await using _handle = await open(file, 'r')
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

/** The Debian package that brings each tool an appliance needs. */
const packages: Readonly<Record<string, string>> = {
  nbdkit: 'nbdkit',
  'qemu-nbd': 'qemu-utils',
  'qemu-img': 'qemu-utils',
  ssh: 'openssh-client',
  ss: 'iproute2',
}

/** What to install for the tools that are missing; null when none is, or nobody knows a package. Pure. */
export function installCommand(tools: readonly { name: string; version: string | null }[]): string | null {
  const missing = tools.filter(({ version }) => version === null).flatMap(({ name }) => packages[name] ?? [])
  return missing.length === 0 ? null : `apt-get install ${[...new Set(missing)].toSorted().join(' ')}`
}

export const packageOf = (tool: string): string | null => packages[tool] ?? null

export interface HubAddress {
  sshHost: string
  sshPort: number
  sshUser: string
  hostKey: string
  apiPort: number
}

const DATA = '/var/lib/sendense-appliance'
const PROGRAM = 'sendense-appliance'

/** A word that the shell takes as it is; anything else stands in single quotes. */
const quote = (text: string) => (/^[A-Za-z0-9._:@%/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** Makes the appliance's keys and settings. */
export const initCommand = (name: string) => `${PROGRAM} init --data ${DATA} --name ${quote(name)} --listen 127.0.0.1`

export const tokenCommand = `cat ${DATA}/api-token`

/**
 * Tells the appliance where to dial. A hub that listens on every address has no one name of its own: the one by which the
 * reader reached it is the best guess. Pure.
 */
export function joinCommand(hub: HubAddress, reachedBy: string): string {
  const host = isGuessed(hub) ? reachedBy : hub.sshHost
  return [
    `${PROGRAM} join --data ${DATA}`,
    `  --hub-host ${quote(host)} --hub-port ${hub.sshPort} --hub-user ${quote(hub.sshUser)}`,
    `  --host-key ${quote(hub.hostKey)}`,
    `  --control-port ${hub.apiPort}`,
  ].join(' \\\n')
}

/** Asks the hub at that address to be let in. */
export const enrollCommand = (hub: string) => `${PROGRAM} enroll --hub ${quote(hub)}`

export const runCommand = `${PROGRAM} run --data ${DATA}`

/** True when the hub knows no name of its own for appliances. Pure. */
export const isGuessed = ({ sshHost }: HubAddress) => sshHost === '0.0.0.0' || sshHost === '::'

/** True when only a machine that is the hub itself can dial that address. Pure. */
export const onlyFromHere = ({ sshHost }: Pick<HubAddress, 'sshHost'>) =>
  sshHost === 'localhost' || /^(127\.|::1$)/.test(sshHost)

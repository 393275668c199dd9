import { plainPublicKey } from '#lib/ssh/public-key.ts'

export type AuthorizedKey =
  | {
      kind: 'control'
      /** Appliance id: goes into the comment. */
      id: string
      publicKey: string
      /** The one port of the hub's loopback it may listen on (`-R`). */
      listenPort: number
    }
  | {
      kind: 'data'
      /** Job id. */
      id: string
      publicKey: string
      /** The ports of the hub's loopback it may open (`-L`): its exports'. */
      openPorts: readonly number[]
    }

/**
 * A host name that no request can name with success: sshd compares host names as text, and its own PermitOpen and
 * PermitListen allow 127.0.0.1 only. Without it a key that lists no permitopen (or permitlisten) may open (or listen) everywhere.
 */
const NOWHERE = 'nowhere.invalid:1'

/**
 * One line of authorized_keys (sshd(8)). `restrict` alone refuses forwards, and `permitlisten` wants the bind address spelled.
 * Permissions freeze at login: changing the line does not touch a live session.
 */
export function authorizedKeyLine(key: AuthorizedKey): string {
  if (!/^[A-Za-z0-9-]+$/.test(key.id)) throw new Error(`"${key.id}" cannot stand in the comment of a key`)
  const open = key.kind === 'data' ? key.openPorts.map((port) => `127.0.0.1:${portOf(port)}`) : []
  const listen = key.kind === 'control' ? [`127.0.0.1:${portOf(key.listenPort)}`] : []
  const options = [
    'restrict',
    'port-forwarding',
    ...orNowhere(open).map((target) => `permitopen="${target}"`),
    ...orNowhere(listen).map((target) => `permitlisten="${target}"`),
  ]
  return `${options.join(',')} ${plainPublicKey(key.publicKey)} sendense-${key.kind}-${key.id}`
}

const orNowhere = (targets: string[]) => (targets.length === 0 ? [NOWHERE] : targets)

function portOf(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new Error(`${port} is not a port`)
}

/** The role and the database the hub works with. */
export const DATABASE = 'sendense'
export const ROLE = 'sendense'
/** The bootstrap superuser: nobody logs in as it, see {@link hbaConf}. */
export const SUPERUSER = 'postgres'
/** Only a name here: it is part of the socket's file name, nothing listens on TCP. */
export const PORT = 5432

/** The longest path of a unix socket (sockaddr_un.sun_path is 108 bytes with the final zero). */
const MAX_SOCKET_PATH = 107

/** True when PostgreSQL can bind its socket in that directory. */
export function socketFits(directory: string): boolean {
  return Buffer.byteLength(`${directory}/.s.PGSQL.${PORT}`) <= MAX_SOCKET_PATH
}

export function initdbArgs(dataDir: string): string[] {
  return [
    `--pgdata=${dataDir}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    // PostgreSQL's own C.UTF-8: unlike libc's, an upgrade of the host cannot change it and break indexes.
    '--locale=C.UTF-8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--auth=reject',
    '--no-instructions',
  ]
}

/** Typed into `postgres --single` once. The role may make databases (tests clone one each) and is no superuser. */
export const createSql = [`CREATE ROLE ${ROLE} LOGIN CREATEDB;`, `CREATE DATABASE ${DATABASE} OWNER ${ROLE};`, ''].join(
  '\n\n',
)

/** Who may log in: the hub's operating system user as our role, over the socket. There is no password to know. */
export const hbaConf = `# Written by the launcher at every start.
local all ${ROLE} peer map=sendense
`

export function identConf(systemUser: string): string {
  return `# Written by the launcher at every start.\nsendense "${systemUser.replaceAll('"', '""')}" ${ROLE}\n`
}

/** @param socketDir  must satisfy {@link socketFits} */
export function postgresArgs(dataDir: string, socketDir: string): string[] {
  const settings = {
    listen_addresses: '',
    port: String(PORT),
    // The setting is a comma-separated list of quoted names.
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '150',
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    timezone: 'UTC',
  }
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** The form that Prisma, pg and graphile-worker all read. */
export function databaseUrl(socketDir: string, database = DATABASE): string {
  return `postgresql://${ROLE}@localhost/${database}?host=${encodeURIComponent(socketDir)}`
}

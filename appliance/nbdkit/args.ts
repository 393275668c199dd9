import type { DiskAccess } from './access.ts'

export interface NbdkitOptions {
  access: Exclude<DiskAccess, { plugin: 'qemu' }>
  /** Base name of socket and pid file in the working directory. */
  name: string
}

// nbdkit makes its paths absolute, and a unix socket's path may hold 107 bytes only: a data directory can be deeper.
const inWorkingDirectory = (file: string) => `/proc/self/cwd/${file}`

export const socketName = (name: string) => `${name}.sock`
export const pidFileName = (name: string) => `${name}.pid`

/** The served disk for a program whose working directory is nbdkit's. */
export const socketUrl = (name: string) => `nbd+unix:///?socket=${socketName(name)}`

function pluginArgs(access: NbdkitOptions['access']): string[] {
  switch (access.plugin) {
    case 'file':
      return ['file', `file=${access.path}`]
    case 'nbd':
      return ['nbd', `uri=${access.url}`]
    case 'pattern':
      return ['pattern', `size=${access.sizeBytes}`]
  }
}

/** Arguments of a read-only, foreground nbdkit for one disk (nbdkit(1)). */
export function nbdkitArgs({ access, name }: NbdkitOptions): string[] {
  return [
    '-f',
    '-r',
    '--exit-with-parent',
    '-U',
    inWorkingDirectory(socketName(name)),
    '-P',
    inWorkingDirectory(pidFileName(name)),
    ...pluginArgs(access),
  ]
}

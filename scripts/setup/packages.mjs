import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** program → Debian package that has it. */
const RUNTIME = {
  'qemu-img': 'qemu-utils',
  'qemu-nbd': 'qemu-utils',
  'qemu-io': 'qemu-utils',
  nbdkit: 'nbdkit',
  nbdcopy: 'libnbd-bin',
  nbdinfo: 'libnbd-bin',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  ss: 'iproute2',
  'mkfs.ext4': 'e2fsprogs',
  sfdisk: 'fdisk',
}
const TEST = { ...RUNTIME, chromium: 'chromium', git: 'git' }

const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

function has(program) {
  return PATH.split(':').some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Installs what is missing, and only that; says what. */
export function ensurePackages(forTests) {
  const wanted = forTests ? TEST : RUNTIME
  const missing = Object.keys(wanted).filter((program) => !has(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((program) => wanted[program]))].sort()
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages]
  const root = process.getuid?.() === 0
  if (!root && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    console.error(
      `Missing programs: ${missing.join(', ')}. Install them, then run this again:\n  sudo ${install.join(' ')}`,
    )
    process.exit(1)
  }
  const prefix = root ? [] : ['sudo', '-n']
  console.log(`Installing Debian packages: ${packages.join(' ')} (for ${missing.join(', ')})`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const words of [
    ['apt-get', 'update', '-qq'],
    [...install, '-qq'],
  ]) {
    const [program, ...args] = [...prefix, ...words]
    execFileSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { fail } from './fail.mjs'
import { RUNTIME, TEST } from './tools.mjs'

const directories = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':')

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const has = (tool) =>
  tool.startsWith('/') ? existsSync(tool) : directories.some((directory) => isExecutable(path.join(directory, tool)))

/** True when the words ran well; their own words are shown. */
function run([program, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}

/** [] as root, `sudo -n` where that works without asking, null where it does not. */
function elevation() {
  if (process.getuid?.() === 0) return []
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

/** Installs the Debian packages of what is missing, and only those; says which and why. */
export function ensurePackages(forTests) {
  const wanted = forTests ? TEST : RUNTIME
  const missing = Object.keys(wanted).filter((tool) => !has(tool))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((tool) => wanted[tool]))].sort()
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages]
  const byHand = ['Install them, then run this again:', `  sudo ${install.join(' ')}`]
  if (!has('apt-get')) fail(`Missing: ${missing.join(', ')} (Debian packages ${packages.join(' ')}).`)
  const prefix = elevation()
  if (prefix === null) fail(`Missing: ${missing.join(', ')}.`, ...byHand)
  console.error(`Installing Debian packages: ${packages.join(' ')} (for ${missing.join(', ')}) …`)
  if (missing.includes('sshd'))
    console.error('Sendense runs an sshd of its own. Where Debian starts its own too: systemctl disable --now ssh')
  const quiet = [...prefix, ...install, '-qq']
  // The lists may be missing or too old: what is there is tried first, because fetching them takes longest.
  const simulated = spawnSync('apt-get', ['install', '-s', '-qq', ...packages], { stdio: 'ignore' }).status === 0
  const updated = !simulated && run([...prefix, 'apt-get', 'update', '-qq'])
  const done = run(quiet) || (!updated && run([...prefix, 'apt-get', 'update', '-qq']) && run(quiet))
  const still = missing.filter((tool) => !has(tool))
  if (!done || still.length > 0) fail(`apt-get could not install ${still.join(', ') || packages.join(' ')}.`, ...byHand)
}

import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fail } from './fail.mjs'
import { oncePer, sha256 } from './stamp.mjs'

/** npm as it started us, else the one in PATH. */
function npm() {
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? [process.execPath, cli] : ['npm']
}

/** node_modules exactly as package-lock.json says. */
export function ensureModules(root) {
  const stamp = path.join(root, 'node_modules', '.sendense-lock')
  oncePer(sha256(path.join(root, 'package-lock.json')), stamp, () => {
    console.error('Installing the npm packages of package-lock.json (npm ci; about a minute the first time) …')
    const [program, ...args] = [...npm(), 'ci', '--no-audit', '--no-fund', '--loglevel=error']
    // Development packages are needed whatever NODE_ENV says: the dashboard is built here.
    const env = { ...process.env, NODE_ENV: '', npm_config_omit: '' }
    const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (error?.code === 'ENOENT') fail('npm is not installed. On Debian: apt-get install npm')
    if (status !== 0) fail('npm ci failed; its words are above. Run it again once the registry can be reached.')
  })
}

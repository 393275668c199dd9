// Bootstraps a checkout, then runs an entry on the pinned Node. Plain JavaScript without dependencies, because on a
// fresh machine nothing is installed yet. Usage: node scripts/run.mjs [--packages=test] [entry [args…]]
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { ensureModules, ensurePrismaClient, pinnedNode } from './setup/modules.mjs'
import { ensurePackages } from './setup/packages.mjs'

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Sendense needs Node 20 or newer to set itself up; this is ${process.version}.`)
  process.exit(1)
}
const root = path.resolve(import.meta.dirname, '..')
const words = process.argv.slice(2)
const forTests = words[0] === '--packages=test'
const [entry, ...args] = forTests ? words.slice(1) : words

ensurePackages(forTests)
ensureModules(root)
const node = pinnedNode(root)
ensurePrismaClient(root, node)

if (entry) {
  const child = spawn(node, [path.resolve(root, entry), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${path.dirname(node)}:${path.join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
      NEXT_TELEMETRY_DISABLED: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
  // A terminal's Ctrl-C reaches the child by itself (same group); a signal sent to this process alone is passed on.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0))
  })
}

import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { fail } from './fail.mjs'

/** PATH with the pinned Node first, so that whatever asks for `node` gets the same. */
function searchPath(root, node) {
  const own = [path.dirname(node), path.join(root, 'node_modules', '.bin')]
  return [...own, process.env.PATH ?? '/usr/bin:/bin', '/usr/sbin', '/sbin'].join(':')
}

/** Runs the entry and ends as it ends. */
export function runEntry(root, node, entry, args) {
  const env = { ...process.env, PATH: searchPath(root, node), NEXT_TELEMETRY_DISABLED: '1', CHECKPOINT_DISABLE: '1' }
  const child = spawn(node, [path.resolve(root, entry), ...args], { cwd: root, stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already and must not get it twice.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    })
  child.once('error', (error) => fail(`${node} could not be started: ${error.message}`))
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0)))
}

import { existsSync } from 'node:fs'
import path from 'node:path'
import { fail } from './fail.mjs'

const major = Number(process.versions.node.split('.')[0])

/** The set-up itself runs on what Debian or the person has; the product runs on {@link pinnedNode}. */
export function requireNode() {
  if (major < 20) fail(`Sendense needs Node 20 or newer to set itself up; this is ${process.version}.`)
  if (process.platform !== 'linux') fail(`Sendense runs on Linux; this is ${process.platform}.`)
}

/** The Node of node_modules, at one exact version; the present one where there is no such package. */
export function pinnedNode(root) {
  const file = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  if (existsSync(file)) return file
  if (major < 24)
    fail(
      `Sendense runs on Node 24: none came with its packages for ${process.arch}, and this is ${process.version}.`,
      'Install Node 24 or newer and run this again.',
    )
  console.error(`No pinned Node for ${process.arch}: running on ${process.version} instead.`)
  return process.execPath
}

// Sets a checkout up, then runs an entry on the pinned Node. Plain JavaScript without dependencies, because on a fresh
// machine nothing is installed yet. Usage: node scripts/run.mjs [--packages=test] [entry [args…]]
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureModules } from './setup/modules.mjs'
import { pinnedNode, requireNode } from './setup/node.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ensurePrismaClient } from './setup/prisma.mjs'
import { runEntry } from './setup/run-entry.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2)
const forTests = words[0] === '--packages=test'
const [entry, ...args] = forTests ? words.slice(1) : words

requireNode()
ensurePackages(forTests)
ensureModules(root)
const node = pinnedNode(root)
ensurePrismaClient(root, node)
if (entry) runEntry(root, node, entry, args)
else console.error('All is set up. Next: npm run demo')

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Runs `work` unless the stamp says it was done for these very bytes. */
function once(stamp, value, work) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === value) return
  work()
  writeFileSync(stamp, value)
}

/** node_modules as package-lock.json says. */
export function ensureModules(root) {
  once(path.join(root, 'node_modules', '.sendense-lock'), sha256(path.join(root, 'package-lock.json')), () => {
    console.log('Installing npm packages as locked (npm ci)')
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  })
}

/** The pinned Node from node_modules; the present one where its platform package is not to be had. */
export function pinnedNode(root) {
  const file = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  if (existsSync(file)) return file
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  console.error(`Sendense needs Node 24: there is no pinned one for ${process.arch}, and this is ${process.version}.`)
  process.exit(1)
}

/** Prisma's client for the present schema. */
export function ensurePrismaClient(root, node) {
  const schema = path.join(root, 'prisma', 'schema.prisma')
  const generated = path.join(root, 'server', 'db', 'generated', 'client.ts')
  const stamp = path.join(root, 'node_modules', '.sendense-prisma')
  once(stamp, existsSync(generated) ? sha256(schema) : '', () => {
    execFileSync(node, [path.join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
      cwd: root,
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  })
  writeFileSync(stamp, sha256(schema))
}

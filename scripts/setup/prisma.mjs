import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fail } from './fail.mjs'
import { oncePer, sha256 } from './stamp.mjs'

/** Prisma's generated client for the present schema and the present generator. */
export function ensurePrismaClient(root, node) {
  const generated = path.join(root, 'server', 'db', 'generated')
  const value = `${sha256(path.join(root, 'prisma', 'schema.prisma'))} ${sha256(path.join(root, 'package-lock.json'))}`
  const stamp = path.join(generated, '.schema')
  if (!existsSync(path.join(generated, 'client.ts'))) rmSync(stamp, { force: true })
  oncePer(value, stamp, () => {
    const cli = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
    const { status, stdout, stderr } = spawnSync(node, [cli, 'generate'], { cwd: root, env, encoding: 'utf8' })
    if (status !== 0) fail('prisma generate failed:', stdout, stderr)
  })
}

import { readFileSync } from 'node:fs'
import path from 'node:path'

/** What `npm run build` wrote to dist/build.json; "dev" for a checkout that was never built. */
export function buildId(root = process.cwd()): string {
  try {
    const { buildId } = JSON.parse(readFileSync(path.join(root, 'dist', 'build.json'), 'utf8')) as { buildId?: unknown }
    return typeof buildId === 'string' ? buildId : 'dev'
  } catch {
    return 'dev'
  }
}

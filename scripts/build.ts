import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '..')
const sources = [
  '{app,components,contracts,lib,server,appliance,prisma}/**/*.{ts,tsx,css,svg,prisma,sql}',
  '{proxy,instrumentation}.ts',
  '{next.config.js,postcss.config.mjs,package-lock.json,tsconfig.json}',
]

/** Names these very sources: the commit when the tree is clean, else a hash of what is built. */
function buildIdOf(hash: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    if (git('status', '--porcelain') === '') return git('rev-parse', '--short=12', 'HEAD')
    return `${git('rev-parse', '--short=12', 'HEAD')}-${hash.slice(0, 8)}`
  } catch {
    return hash.slice(0, 12)
  }
}

function hashSources(): string {
  const hash = createHash('sha256')
  const files = sources.flatMap((pattern) => globSync(pattern, { cwd: root, exclude: ['**/generated/**'] })).sort()
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

/**
 * Bundles the appliance into one file and builds the web; does nothing when the last build was of the same sources.
 * @returns the build id
 */
export async function buildAll(say: (words: string) => void = console.log): Promise<string> {
  const record = path.join(root, 'dist', 'build.json')
  const hash = hashSources()
  const last = existsSync(record)
    ? (JSON.parse(readFileSync(record, 'utf8')) as { buildId: string; hash: string })
    : null
  if (last?.hash === hash && existsSync(path.join(root, '.next', 'BUILD_ID'))) return last.buildId
  const buildId = buildIdOf(hash)
  // Half a build must not look like a whole one; and TypeScript's incremental cache may lie across settings.
  rmSync(record, { force: true })
  rmSync(path.join(root, '.next'), { recursive: true, force: true })
  mkdirSync(path.join(root, 'dist'), { recursive: true })
  say('Bundling the appliance')
  await build({
    entryPoints: [path.join(root, 'appliance', 'main.ts')],
    outfile: path.join(root, 'dist', 'sendense-appliance.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    define: { __BUILD_ID__: JSON.stringify(buildId) },
    logLevel: 'warning',
  })
  say('Building the web (next build)')
  const tsconfig = path.join(root, 'tsconfig.json')
  const before = readFileSync(tsconfig)
  try {
    execFileSync(process.execPath, [path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'], {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } finally {
    // `next build` writes its own wishes into tsconfig.json.
    writeFileSync(tsconfig, before)
  }
  writeFileSync(record, `${JSON.stringify({ buildId, hash }, null, 2)}\n`)
  return buildId
}

if (import.meta.main) console.log(`Build ${await buildAll()}`)

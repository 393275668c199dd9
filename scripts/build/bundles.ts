import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'

interface RouteManifest {
  /** Chunks by the file that needs them: `[project]/app/(hub)/layout`, … */
  entryJSFiles: Record<string, string[]>
}

/** `/vms/[id]` for `(hub)/vms/[id]/page_client-reference-manifest.js`: the address, without groups. */
export function routeOf(manifest: string): string {
  const parts = path.dirname(manifest).split(path.sep)
  return `/${parts.filter((part) => part !== '.' && !part.startsWith('(')).join('/')}`
}

/** The chunks a browser loads for a page: what every page has, its layouts', its own; not those of pages of errors. */
export function chunksOf(rootFiles: readonly string[], { entryJSFiles }: RouteManifest): string[] {
  const own = Object.entries(entryJSFiles).filter(([entry]) => !/\/(not-found|global-error)$/.test(entry))
  return [...new Set([...rootFiles, ...own.flatMap(([, files]) => files)])]
}

/** Gzipped bytes of the JavaScript of each route of the last build; null when nothing is built. */
export async function measureBundles(root: string): Promise<Map<string, number> | null> {
  const next = path.join(root, '.next')
  if (!existsSync(path.join(next, 'BUILD_ID'))) return null
  const { rootMainFiles } = JSON.parse(await readFile(path.join(next, 'build-manifest.json'), 'utf8')) as {
    rootMainFiles: string[]
  }
  const app = path.join(next, 'server', 'app')
  const sizes = new Map<string, number>()
  const sizeOf = async (chunk: string) => {
    const known = sizes.get(chunk) ?? gzipSync(await readFile(path.join(next, chunk))).length
    sizes.set(chunk, known)
    return known
  }
  const routes = new Map<string, number>()
  for (const file of globSync('**/page_client-reference-manifest.js', { cwd: app })) {
    if (file.startsWith('_')) continue
    // The manifest is a script that sets one global.
    const globals: { __RSC_MANIFEST?: Record<string, RouteManifest> } = {}
    runInNewContext(await readFile(path.join(app, file), 'utf8'), { globalThis: globals })
    for (const manifest of Object.values(globals.__RSC_MANIFEST ?? {})) {
      const bytes = await Promise.all(chunksOf(rootMainFiles, manifest).map(sizeOf))
      routes.set(
        routeOf(file),
        bytes.reduce((sum, each) => sum + each, 0),
      )
    }
  }
  return routes
}

if (import.meta.main) {
  const routes = await measureBundles(path.resolve(import.meta.dirname, '../..'))
  if (routes === null) console.error('Nothing is built yet: npm run build')
  for (const [route, bytes] of routes ?? []) console.log(`${route.padEnd(20)} ${Math.ceil(bytes / 1024)} KiB`)
}

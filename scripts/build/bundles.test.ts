import path from 'node:path'
import { expect, test } from 'vitest'
import { bundleBudgets } from './bundle-budgets.ts'
import { chunksOf, measureBundles, routeOf } from './bundles.ts'

const root = path.resolve(import.meta.dirname, '../..')

test('a route is what stands in the address', () => {
  expect(routeOf('(hub)/vms/[id]/page_client-reference-manifest.js')).toBe('/vms/[id]')
  expect(routeOf('(hub)/page_client-reference-manifest.js')).toBe('/')
})

test('a page loads the root, its layouts and itself, each chunk once', () => {
  const entryJSFiles = {
    '[project]/app/layout': ['a.js'],
    '[project]/app/(hub)/vms/page': ['a.js', 'b.js'],
    '[project]/app/not-found': ['c.js'],
  }
  expect(chunksOf(['main.js'], { entryJSFiles })).toEqual(['main.js', 'a.js', 'b.js'])
})

// `npm test` builds first. A checkout without a build has nothing to weigh.
const routes = await measureBundles(root)

test.skipIf(routes === null)('every route stays within its budget, and has one', () => {
  const kib = Object.fromEntries([...(routes ?? [])].map(([route, bytes]) => [route, Math.ceil(bytes / 1024)]))
  expect(Object.keys(kib).toSorted()).toEqual(Object.keys(bundleBudgets).toSorted())
  const over = Object.entries(kib).filter(([route, size]) => size > (bundleBudgets[route] ?? 0))
  expect(over, 'KiB of gzipped JavaScript').toEqual([])
})

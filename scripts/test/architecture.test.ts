import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Import, packageName, parseImports, readImports } from './imports.ts'
import { environmentReaders, isTestOnly, packageRooms, roomOf, rooms } from './rooms.ts'

const root = path.resolve(import.meta.dirname, '../..')
const GENERATED = 'server/db/generated'
const MAX_LINES = 400

const files = [
  ...globSync('{app,appliance,cli,client,components,contracts,e2e,lib,scripts,server}/**/*.{ts,tsx,mjs}', {
    cwd: root,
  }),
  ...globSync('*.{ts,js,mjs}', { cwd: root }),
].filter((file) => !file.startsWith(GENERATED) && file !== 'next-env.d.ts')
const product = files.filter((file) => !isTestOnly(file))
const imports = (await Promise.all(product.map((file) => readImports(root, file)))).flat()

const isWithin = (file: string, room: string) => file === room || file.startsWith(`${room}/`)

function breaksDirection({ from, to, isPackage, typeOnly }: Import): boolean {
  const room = roomOf(from)
  const target = roomOf(to)
  if (isPackage || room === null || room === target) return false
  if (target === null) return true
  const { uses = [], types = [] } = rooms[room] ?? {}
  return !uses.includes(target) && !(typeOnly && types.includes(target))
}

function breaksPackageRule({ from, to, isPackage }: Import): boolean {
  const allowed = isPackage ? packageRooms[to] : undefined
  return allowed !== undefined && roomOf(from) !== null && !allowed.some((room) => isWithin(from, room))
}

const shown = (broken: Import[]) => broken.map(({ from, to }) => `${from} imports ${to}`)

test('the scan sees the product', () => {
  expect(product.length).toBeGreaterThan(100)
  expect(imports.length).toBeGreaterThan(300)
  expect(new Set(product.map(roomOf))).toEqual(new Set([...Object.keys(rooms), null]))
})

test('imports go one way', () => {
  expect(shown(imports.filter(breaksDirection))).toEqual([])
})

test('some packages stay in their rooms', () => {
  expect(shown(imports.filter(breaksPackageRule))).toEqual([])
})

test('only server/db reaches the generated Prisma client', () => {
  const broken = imports.filter(({ from, to }) => to.startsWith(GENERATED) && !isWithin(from, 'server/db'))
  expect(shown(broken)).toEqual([])
})

test('the environment is read in one place', async () => {
  const inRooms = product.filter((file) => roomOf(file) !== null || environmentReaders.includes(file))
  const readers = await Promise.all(
    inRooms.map(async (file) =>
      (await readFile(path.join(root, file), 'utf8')).includes('process.env') ? file : null,
    ),
  )
  const broken = readers.filter((file) => file !== null && !environmentReaders.includes(file))
  expect(broken).toEqual([])
})

test('files stay small', async () => {
  const sizes = await Promise.all(
    files.map(async (file) => ({
      file,
      lines: (await readFile(path.join(root, file), 'utf8')).split('\n').length - 1,
    })),
  )
  expect(sizes.filter(({ lines }) => lines > MAX_LINES)).toEqual([])
})

test('the rules catch what they are for', () => {
  const from = (file: string, source: string) => parseImports(file, source)
  const broken = [
    ...from('contracts/x.ts', "import { run } from '#lib/process/run.ts'"),
    ...from('server/drivers/nbd/x.ts', "import type { Db } from '../../db/client.ts'"),
    ...from('components/x.tsx', "import { appRouter } from '#server/trpc/router.ts'"),
    ...from('appliance/x.ts', "const { y } = await import('#server/env.ts')"),
    ...from('server/domain/x.ts', "export * from '../services/api.ts'"),
    ...from('server/services/x.ts', "import {\n  run,\n} from '../drivers/nbd/driver.ts'"),
  ]
  expect(broken.filter(breaksDirection)).toHaveLength(6)
  expect(from('components/x.tsx', "import type { A } from '#server/trpc/router.ts'").filter(breaksDirection)).toEqual(
    [],
  )
  expect(from('server/engine/x.ts', "import pg from 'pg'").filter(breaksPackageRule)).toHaveLength(1)
  expect(packageName('@prisma/client/runtime')).toBe('@prisma/client')
})

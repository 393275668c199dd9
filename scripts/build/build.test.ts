import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileEarly } from './eager.ts'
import { nameBuild } from './id.ts'
import { hashInputs } from './inputs.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'sendense-build-'))
  await mkdir(path.join(root, 'lib/deep'), { recursive: true })
  await writeFile(path.join(root, 'lib/deep/a.ts'), 'a')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const hash = () => hashInputs(root, ['lib', 'missing', 'one.js'])

test('the same sources hash the same; any byte or name changes it; tests do not', async () => {
  const first = await hash()
  expect(await hash()).toBe(first)
  await writeFile(path.join(root, 'lib/a.test.ts'), 'x')
  expect(await hash()).toBe(first)
  await writeFile(path.join(root, 'lib/deep/a.ts'), 'b')
  const second = await hash()
  expect(second).not.toBe(first)
  await writeFile(path.join(root, 'one.js'), '')
  expect(await hash()).not.toBe(second)
})

test('a build is named by its commit, and by its sources where the commit does not say it all', () => {
  const sources = '0123456789abcdef'
  expect(nameBuild('cafe12', true, sources)).toBe('cafe12')
  expect(nameBuild('cafe12', false, sources)).toBe('cafe12-dirty-01234567')
  expect(nameBuild(null, false, sources)).toBe('src-01234567')
})

test('scripts of the browser are marked once, and nothing else is', async () => {
  const chunks = path.join(root, 'chunks')
  await mkdir(chunks)
  await writeFile(path.join(chunks, 'a.js'), 'run()')
  await writeFile(path.join(chunks, 'a.css'), 'a{}')
  await compileEarly(chunks)
  await compileEarly(chunks)
  expect(await readFile(path.join(chunks, 'a.js'), 'utf8')).toBe('//# allFunctionsCalledOnLoad\nrun()')
  expect(await readFile(path.join(chunks, 'a.css'), 'utf8')).toBe('a{}')
})

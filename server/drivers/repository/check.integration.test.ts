import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import { checkPath, initRepository } from './driver.ts'

let made: TestDirectory
beforeEach(async () => {
  made = await testDirectory()
})
afterEach(() => made[Symbol.asyncDispose]())

async function outcomes(at: string, known: Parameters<typeof checkPath>[1] = []) {
  const { check, adoptable } = await checkPath(at, known)
  const of = Object.fromEntries(check.checks.map(({ id, outcome }) => [id, outcome]))
  const words = Object.fromEntries(check.checks.map(({ id, detail }) => [id, detail]))
  return { ...check, of, words, adoptable }
}

describe('a path that can become a repository', () => {
  it('passes, says what will be made, and nothing is', async () => {
    const found = await outcomes(path.join(made.path, 'a', 'b', '..', 'b'))
    expect(found.usable).toBe(true)
    expect(found.path).toBe(path.join(made.path, 'a', 'b'))
    expect(found.of).toMatchObject({ absolute: 'passed', parent: 'will-make', directory: 'will-make' })
    expect(found.of).toMatchObject({ writable: 'passed', unused: 'passed', nesting: 'passed' })
    expect(found.words.parent).toContain(path.join(made.path, 'a'))
    expect(found.freeBytes).toBeGreaterThan(0)
    expect(await readdir(made.path)).toEqual([])
  })

  it('may be there and hold other files, which stay', async () => {
    await writeFile(path.join(made.path, 'other'), 'x')
    const found = await outcomes(made.path)
    expect(found.of).toMatchObject({ parent: 'passed', directory: 'passed' })
    expect(found.usable).toBe(true)
    expect(await readdir(made.path)).toEqual(['other'])
  })
})

describe('a path that cannot', () => {
  it.each(['backups', './backups', ''])('relative: "%s"', async (at) => {
    const found = await outcomes(at)
    expect(found.usable).toBe(false)
    expect(found.of).toMatchObject({ absolute: 'failed', parent: 'not-tried', direct: 'not-tried' })
  })

  it('below a file, a file itself, behind a link that leads nowhere', async () => {
    await writeFile(path.join(made.path, 'file'), '')
    await symlink(path.join(made.path, 'gone'), path.join(made.path, 'link'))
    expect((await outcomes(path.join(made.path, 'file', 'backups'))).of).toMatchObject({ parent: 'failed' })
    expect((await outcomes(path.join(made.path, 'file'))).of).toMatchObject({ parent: 'passed', directory: 'failed' })
    for (const at of ['link', 'link/backups']) {
      const found = await outcomes(path.join(made.path, at))
      expect(found.usable).toBe(false)
      expect(Object.values(found.words).join()).toContain('leads nowhere')
    }
  })

  it.each(['/proc/sendense/backups', '/sys/sendense', '/proc/self/task', '/dev/pts/x', '/dev/sendense'])(
    'no disk under it: %s, at once',
    async (at) => {
      const found = await outcomes(at)
      expect(found.usable).toBe(false)
      expect(found.of['file-system']).toBe('failed')
      expect(found.words['file-system']).toContain('kernel')
      await expect(initRepository(at, { id: randomUUID(), name: 'x' })).rejects.toMatchObject({
        problem: { code: 'bad_input', field: 'path', safe: expect.any(String), remedy: expect.any(String) },
      })
    },
  )

  it('in another repository, or around one', async () => {
    const outer = path.join(made.path, 'outer')
    await initRepository(outer, { id: randomUUID(), name: 'Outer' })
    const inside = await outcomes(path.join(outer, 'x', 'y'))
    expect(inside.of.nesting).toBe('failed')
    expect(inside.words.nesting).toContain('Outer')
    const known = [{ id: randomUUID(), name: 'Unmounted', path: path.join(made.path, 'deep', 'store') }]
    expect((await outcomes(path.join(made.path, 'deep', 'store', 'x'), known)).words.nesting).toContain('Unmounted')
    expect((await outcomes(path.join(made.path, 'deep'), known)).of.nesting).toBe('failed')
    expect((await outcomes(path.join(made.path, 'deep-not'), known)).of.nesting).toBe('passed')
  })

  it('a directory in use by a known one whose disk is away', async () => {
    const at = path.join(made.path, 'store')
    const found = await outcomes(at, [{ id: randomUUID(), name: 'Main', path: at }])
    expect(found.of.unused).toBe('failed')
    expect(found.words.unused).toContain('Main')
  })
})

describe('a directory with an identity', () => {
  const name = 'Main store'
  let at: string
  let id: string
  beforeEach(async () => {
    at = path.join(made.path, 'store')
    id = randomUUID()
    await initRepository(at, { id, name })
  })

  it('of a repository of this hub is refused and named', async () => {
    const link = path.join(made.path, 'link')
    await symlink(at, link)
    const found = await outcomes(link, [{ id, name, path: at }])
    expect(found.of.unused).toBe('failed')
    expect(found.words.unused).toContain(name)
  })

  it('of a forgotten one without backups is taken up again', async () => {
    const found = await outcomes(at)
    expect(found.usable).toBe(true)
    expect(found.of.unused).toBe('note')
    expect(found.words.unused).toContain(name)
    expect(found.adoptable?.id).toBe(id)
  })

  it('with backups that nobody knows is refused', async () => {
    await mkdir(path.join(at, 'pgtest1', 'backup-pgtest1-1759901304'), { recursive: true })
    const found = await outcomes(at)
    expect(found.of.unused).toBe('failed')
    expect(found.adoptable).toBeNull()
  })

  it('that is damaged is refused in words', async () => {
    await writeFile(path.join(at, '.sendense-repository.json'), '{')
    const found = await outcomes(at)
    expect(found.of.unused).toBe('failed')
    expect(found.words.unused).toContain('damaged')
    expect(await readFile(path.join(at, '.sendense-repository.json'), 'utf8')).toBe('{')
  })
})

it('making a repository makes each missing level, and takes them away again when it fails', async () => {
  const at = path.join(made.path, 'a', 'b', 'c')
  const id = randomUUID()
  await initRepository(at, { id, name: 'x' })
  expect(await readdir(at)).toEqual(['.sendense-repository.json'])
  await rm(path.join(made.path, 'a'), { recursive: true })
  const tooLong = path.join(at, 'n'.repeat(256))
  await expect(initRepository(tooLong, { id, name: 'x' })).rejects.toMatchObject({ problem: { code: 'bad_input' } })
  expect(await readdir(made.path)).toEqual([])
})

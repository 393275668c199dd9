import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestDirectory, testDirectory } from '../testing/directory.ts'
import {
  beginPartial,
  commitPartial,
  initRepository,
  inspectRepository,
  listBackupDirectories,
  type Manifest,
  readIdentity,
  readManifest,
  removePartial,
  repositoryError,
  requireRepository,
  writeManifest,
} from './driver.ts'

const isRoot = process.getuid?.() === 0
const ID = 'backup-pgtest1-1759901304'
let made: TestDirectory
let root: string
let id: string
beforeEach(async () => {
  made = await testDirectory()
  root = path.join(made.path, 'a', 'store: 1, ü')
  id = randomUUID()
})
afterEach(() => made[Symbol.asyncDispose]())

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { problem?: { code: string; happened: string } }) => error.problem?.code ?? String(error),
  )

describe('identity', () => {
  it('is made once, kept, and found by inspection', async () => {
    const first = await initRepository(root, { id, name: 'Main store' })
    expect(await initRepository(root, { id, name: 'Other name' })).toEqual(first)
    expect(await readIdentity(root)).toEqual(first)
    expect((await stat(path.join(root, '.sendense-repository.json'))).mode & 0o777).toBe(0o644)
    expect(await readdir(root)).toEqual(['.sendense-repository.json'])
    const found = await inspectRepository(root)
    expect(found).toMatchObject({ exists: true, directory: true, writable: true, problem: null, identity: first })
    expect(found.freeBytes).toBeGreaterThan(0)
    expect(found.totalBytes).toBeGreaterThanOrEqual(found.freeBytes ?? 0)
    expect(await requireRepository(root, id)).toMatchObject({ totalBytes: found.totalBytes })
    expect(await readdir(root)).toEqual(['.sendense-repository.json'])
  })

  it('refuses a directory of another repository, and a damaged file, untouched', async () => {
    await initRepository(root, { id: randomUUID(), name: 'Theirs' })
    const before = await readFile(path.join(root, '.sendense-repository.json'), 'utf8')
    expect(await codeOf(initRepository(root, { id, name: 'Ours' }))).toBe('repository_identity')
    expect(await codeOf(requireRepository(root, id))).toBe('repository_identity')
    expect(await readFile(path.join(root, '.sendense-repository.json'), 'utf8')).toBe(before)
    await writeFile(path.join(root, '.sendense-repository.json'), '{"format":2}')
    expect(await codeOf(initRepository(root, { id, name: 'Ours' }))).toBe('repository_identity')
    expect((await inspectRepository(root)).problem?.code).toBe('repository_identity')
  })

  it('an unmounted disk (an empty directory) is refused', async () => {
    await mkdir(root, { recursive: true })
    expect(await inspectRepository(root)).toMatchObject({ exists: true, identity: null, writable: true })
    expect(await codeOf(requireRepository(root, id))).toBe('repository_identity')
  })

  it('a missing one, a file, and a relative path', async () => {
    expect(await inspectRepository(root)).toMatchObject({ exists: false, problem: { code: 'repository_missing' } })
    expect(await codeOf(requireRepository(root, id))).toBe('repository_missing')
    await writeFile(path.join(made.path, 'file'), '')
    expect(await inspectRepository(path.join(made.path, 'file'))).toMatchObject({ exists: true, directory: false })
    expect(await codeOf(requireRepository(path.join(made.path, 'file'), id))).toBe('repository_missing')
    expect(await codeOf(initRepository('relative', { id, name: 'x' }))).toBe('bad_input')
  })

  it.skipIf(isRoot)('one that may not be written (as root everything may)', async () => {
    await initRepository(root, { id, name: 'x' })
    await chmod(root, 0o500)
    expect(await inspectRepository(root)).toMatchObject({ writable: false, problem: { code: 'repository_read_only' } })
    expect(await codeOf(beginPartial(root, 'pgtest1', ID))).toBe('repository_read_only')
    await chmod(root, 0o700)
  })

  it('a full disk says so with the numbers', async () => {
    const full = await writeFile('/dev/full', 'x').catch((error: unknown) => repositoryError(error, root))
    await initRepository(root, { id, name: 'x' })
    const known = await writeFile('/dev/full', 'x').catch((error: unknown) => repositoryError(error, root))
    expect(full).toMatchObject({ problem: { code: 'repository_full' } })
    expect(known).toMatchObject({
      problem: { happened: expect.stringMatching(/ is full: .* bytes\) free of .* bytes\)/) },
    })
    expect((known as Error).message).toContain(root)
    expect(await repositoryError(new Error('other'), root)).toMatchObject({ message: 'other' })
  })
})

describe('a backup is one directory, renamed once', () => {
  beforeEach(() => initRepository(root, { id, name: 'x' }))

  it('begin, write, commit', async () => {
    const partial = await beginPartial(root, 'pgtest1', ID)
    expect((await stat(partial)).mode & 0o777).toBe(0o700)
    const bytes = randomBytes(100_000)
    await writeFile(path.join(partial, 'disk-2000.qcow2'), bytes)
    expect(await listBackupDirectories(root)).toEqual([
      { vmSlug: 'pgtest1', backupId: ID, directory: partial, partial: true },
    ])
    const final = await commitPartial(root, partial)
    expect(final).toBe(path.join(root, 'pgtest1', ID))
    expect((await readFile(path.join(final, 'disk-2000.qcow2'))).equals(bytes)).toBe(true)
    expect(await commitPartial(root, partial)).toBe(final)
    expect(await removePartial(root, partial)).toBe(false)
    expect(await listBackupDirectories(root)).toEqual([
      { vmSlug: 'pgtest1', backupId: ID, directory: final, partial: false },
    ])
    expect(await codeOf(beginPartial(root, 'pgtest1', ID))).toBe('conflict')
  })

  it('never replaces a finished one', async () => {
    const partial = await beginPartial(root, 'pgtest1', ID)
    await mkdir(path.join(root, 'pgtest1', ID))
    expect(await codeOf(commitPartial(root, partial))).toBe('conflict')
    expect(await codeOf(beginPartial(root, 'pgtest1', ID))).toBe('conflict')
  })

  it('remove takes all of it, and the empty directory above', async () => {
    const partial = await beginPartial(root, 'pgtest1', ID)
    await writeFile(path.join(partial, 'disk-2000.qcow2'), 'x')
    expect(await removePartial(root, partial)).toBe(true)
    expect(await readdir(root)).toEqual(['.sendense-repository.json'])
    expect(await removePartial(root, partial)).toBe(false)

    const kept = await commitPartial(root, await beginPartial(root, 'pgtest1', ID))
    await removePartial(root, await beginPartial(root, 'pgtest1', `${ID}-2`))
    expect((await stat(kept)).isDirectory()).toBe(true)
  })

  it('remove leaves what Sendense did not put there, and says what', async () => {
    const partial = await beginPartial(root, 'pgtest1', ID)
    for (const name of ['disk-2000.qcow2', 'manifest.json', 'mine.qcow2', 'disk-2000.qcow2.old'])
      await writeFile(path.join(partial, name), 'x')
    await mkdir(path.join(partial, 'disk-2001.qcow2'))
    await expect(removePartial(root, partial)).rejects.toThrow(/mine\.qcow2/)
    expect((await readdir(partial)).toSorted()).toEqual(['disk-2000.qcow2.old', 'disk-2001.qcow2', 'mine.qcow2'])
  })

  it('a repository that is not there is never made', async () => {
    expect(await codeOf(beginPartial(path.join(made.path, 'gone'), 'pgtest1', ID))).toBe('repository_missing')
    expect(await readdir(made.path)).toEqual(['a'])
  })
})

describe('nothing leads out of the repository', () => {
  let outside: string
  beforeEach(async () => {
    await initRepository(root, { id, name: 'x' })
    outside = path.join(made.path, 'outside')
    await mkdir(outside)
    await writeFile(path.join(outside, 'precious'), 'x')
  })
  afterEach(async () => {
    expect(await readdir(outside)).toEqual(['precious'])
  })

  it('a machine’s directory that is a link', async () => {
    await symlink(outside, path.join(root, 'pgtest1'))
    expect(await codeOf(beginPartial(root, 'pgtest1', ID))).toBe('repository_identity')
  })

  it('a .partial that is a link, or lies behind one', async () => {
    await mkdir(path.join(root, 'pgtest1'))
    const partial = path.join(root, 'pgtest1', `${ID}.partial`)
    await symlink(outside, partial)
    expect(await codeOf(removePartial(root, partial))).toBe('repository_identity')
    expect(await codeOf(commitPartial(root, partial))).toBe('repository_identity')
    await symlink(path.join(root, 'pgtest1'), path.join(root, 'other'))
    expect(await codeOf(removePartial(root, path.join(root, 'other', `${ID}.partial`)))).toBe('repository_identity')
  })

  it('any other path', async () => {
    for (const other of [outside, root, '/', path.join(root, '..', 'outside'), path.join(root, 'pgtest1', ID)])
      expect(await codeOf(removePartial(root, other))).toBe('internal')
  })

  it('a repository that is itself behind a link is fine', async () => {
    const link = path.join(made.path, 'link')
    await symlink(root, link)
    const partial = await beginPartial(link, 'pgtest1', ID)
    expect(await commitPartial(link, partial)).toBe(path.join(link, 'pgtest1', ID))
  })
})

it('the manifest is written whole and read back; others are refused', async () => {
  await initRepository(root, { id, name: 'x' })
  const partial = await beginPartial(root, 'pgtest1', ID)
  const at = new Date().toISOString()
  const proof = {
    ...{ sizeBytes: 1_000_001, leaves: 16, hashedLeaves: 1, hashedBytes: 65_536, zeroLeaves: 0, zeroBytes: 0 },
    ...{ holeLeaves: 15, holeBytes: 934_465, readBackLeaves: 1, readBackBytes: 65_536, differing: 0 as const },
    ...{
      pastPageCache: true,
      checkClean: true as const,
      sameExportProcess: true,
      mapRoot: 'a'.repeat(64),
      mapBytes: 12_288,
    },
    ...{ allocatedBytes: 4096, at },
  } as const
  const manifest: Manifest = {
    format: 1,
    backupId: ID,
    type: 'full',
    vm: { id: randomUUID(), name: 'pg test, 1: "a/b" ü', slug: 'pgtest1', source: 'demo', ref: 'pgtest1' },
    appliance: { id: randomUUID(), name: 'a' },
    jobId: randomUUID(),
    takenAt: at,
    createdAt: at,
    repositoryId: id,
    disks: [
      {
        ...{ key: 2000, label: '', sizeBytes: 1_000_001, image: 'disk-2000.qcow2', allocatedBytes: 4096, proof },
        digest: { map: 'disk-2000.map', root: proof.mapRoot, bytes: proof.mapBytes },
        ...{ format: 'raw', stateFixedBy: 'unchanged', stateNote: 'Nobody had it open.', notes: [] },
        sectors: { logical: 512, physical: null },
      },
    ],
  }
  expect(await codeOf(readManifest(partial))).toBe('not_found')
  await writeManifest(partial, manifest)
  expect(await readManifest(partial)).toEqual(manifest)
  expect(await readdir(partial)).toEqual(['manifest.json'])
  await expect(writeManifest(partial, { ...manifest, disks: [] })).rejects.toThrow()
  expect(await readManifest(partial)).toEqual(manifest)
  await writeFile(path.join(partial, 'manifest.json'), '{')
  expect(await codeOf(readManifest(partial))).toBe('proof_failed')
})

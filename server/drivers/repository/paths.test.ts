import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backupPaths, parsePartial } from './paths.ts'

const root = '/r/store'

describe('parsePartial', () => {
  it('knows exactly <repository>/<vm>/<backup id>.partial', () => {
    const { partial, final, vm } = backupPaths(root, 'pgtest1', 'backup-pgtest1-1759901304')
    expect(partial).toBe('/r/store/pgtest1/backup-pgtest1-1759901304.partial')
    expect(parsePartial(root, partial)).toEqual({ vmSlug: 'pgtest1', backupId: 'backup-pgtest1-1759901304' })
    for (const other of [final, vm, root, '/', '', `${partial}/x`, `${root}/../${partial}`, 'pgtest1/x.partial'])
      expect(parsePartial(root, other)).toBeNull()
  })

  it('answers only for paths that backupPaths makes', () => {
    const piece = fc.oneof(fc.constantFrom('..', '.', '', 'pgtest1', 'backup-a-1759901304.partial'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const directory = [root, ...pieces].join('/')
        const found = parsePartial(root, directory)
        if (found) expect(path.resolve(directory)).toBe(backupPaths(root, found.vmSlug, found.backupId).partial)
      }),
      { examples: [[['vm', 'backup-a-1759901304.partial', '']], [['vm', 'x', '..', 'backup-a-1759901304.partial']]] },
    )
  })
})

it('a slug or id that is none never becomes a path', () => {
  for (const slug of ['..', '.', '', 'a/b', '-x', 'a\0b', ' '])
    expect(() => backupPaths(root, slug, 'backup-a-1759901304')).toThrow()
  for (const id of ['..', 'backup-../x-1759901304', 'x', 'backup-a-1', 'backup-a-1759901304/..'])
    expect(() => backupPaths(root, 'a', id)).toThrow()
})

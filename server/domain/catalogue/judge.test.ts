import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExpectedPoint, evidences, type SeenPoint, type Verdict } from '#contracts/look.ts'
import { judge } from './judge.ts'
import { changeBy, type Standed } from './transition.ts'

const facts = { bytes: 100, mtimeNs: '1790000000000000000', ctimeNs: '1790000000000000001', inode: '7' }
const root = 'a'.repeat(64)
const ids = { jobId: 'job', repositoryId: 'repository' }
const expected: ExpectedPoint = {
  ...{ id: 'backup-a-1', ...ids, directory: 'a/backup-a-1', manifestSha256: 'f' },
  disks: [2000, 2001].map((key) => ({
    ...{ key, sizeBytes: 4096, imagePath: `a/backup-a-1/disk-${key}.qcow2`, facts, map: { root, bytes: 50 } },
  })),
}
const says = {
  ...{ backupId: expected.id, ...ids },
  disks: [2000, 2001].map((key) => ({ key, sizeBytes: 4096, image: `disk-${key}.qcow2`, root })),
}
const sound: SeenPoint = {
  directory: { found: true },
  manifest: { found: { sha256: 'f', says } },
  disks: [2000, 2001].map((key) => ({ key, image: { found: facts }, map: { found: 50 }, root: null })),
}
const first = (more: Partial<SeenPoint['disks'][number]>): SeenPoint => ({
  ...sound,
  disks: sound.disks.map((disk, index) => (index === 0 ? { ...disk, ...more } : disk)),
})
const refused = { refused: 'EACCES' } as const

describe('A9: what one look says', () => {
  const cases: [string, SeenPoint, Verdict['state'], RegExp | null][] = [
    ['all as committed', sound, 'ok', null],
    ['no permission for an image', first({ image: refused }), null, /EACCES/],
    ['no permission for the directory', { ...sound, directory: refused, manifest: null, disks: [] }, null, /EACCES/],
    ['an image that does not read', { ...sound, manifest: { refused: 'EIO' } }, null, /EIO/],
    ['gone beside one that is refused', { ...first({ image: refused }), manifest: { gone: true } }, 'missing', /gone/],
    ['a disk nobody asked about', { ...sound, disks: sound.disks.slice(1) }, null, /not asked/],
    ['a link where an image was', first({ image: { found: null } }), 'damaged', /not a file/],
    ['another inode', first({ image: { found: { ...facts, inode: '8' } } }), 'damaged', /another file/],
    ['only the time of change', first({ image: { found: { ...facts, ctimeNs: '1' } } }), 'damaged', /written, moved/],
    [
      'a manifest of another point',
      { ...sound, manifest: { found: { sha256: 'f', says: { ...says, backupId: 'b' } } } },
      'damaged',
      /belongs to b/,
    ],
    [
      'a manifest of another job',
      { ...sound, manifest: { found: { sha256: 'f', says: { ...says, jobId: 'x' } } } },
      'damaged',
      /another run/,
    ],
    [
      'a disk less',
      { ...sound, manifest: { found: { sha256: 'f', says: { ...says, disks: says.disks.slice(1) } } } },
      'damaged',
      /1 disks instead of 2/,
    ],
    [
      'the same disk twice',
      {
        ...sound,
        manifest: {
          found: { sha256: 'f', says: { ...says, disks: [says.disks[0], says.disks[0]] as typeof says.disks } },
        },
      },
      'damaged',
      /2 disks/,
    ],
    ['a map that differs', first({ root: { found: 'b'.repeat(64) } }), 'damaged', /root of disk-2000\.map/],
    ['a map that contradicts itself', first({ root: { found: '!page 3 differs' } }), 'damaged', /no sound map: page 3/],
  ]
  it.each(cases)('A9: %s', (_, seen, state, words) => {
    const verdict = judge(expected, seen)
    expect(verdict.state).toBe(state)
    if (words) expect(verdict.reason ?? verdict.notLooked).toMatch(words)
    else expect(verdict).toMatchObject({ reason: null, notLooked: null })
  })

  it('A9: a map that could not be computed leaves the files as they are, and was not looked at', () =>
    expect(judge(expected, first({ root: { refused: 'not connected' } }))).toMatchObject({
      ...{ state: 'ok', mapLooked: false, notLooked: 'disk-2000.map: not connected' },
    }))

  it('A9: maps were looked at only when all of them were', () => {
    const one = { root: { found: root } } as const
    expect(judge(expected, first(one)).mapLooked).toBe(false)
    const both = { ...sound, disks: sound.disks.map((disk) => ({ ...disk, ...one })) }
    expect(judge(expected, both)).toMatchObject({ state: 'ok', mapLooked: true, seenIn: 'map' })
  })

  it('A9: without a map, or without what was committed, a point is never ok', () => {
    const [a, b] = expected.disks
    if (!a || !b) throw new Error('two disks')
    const without = { ...expected, disks: [a, { ...b, map: null }] }
    const seen = {
      ...sound,
      manifest: {
        found: {
          sha256: 'f',
          says: { ...says, disks: says.disks.map((disk, index) => ({ ...disk, root: index === 0 ? root : null })) },
        },
      },
    }
    expect(judge(without, seen)).toMatchObject({ state: 'unproved', reason: expect.stringContaining('2001') })
    expect(judge({ ...expected, disks: [a, { ...b, facts: null }] }, sound).state).toBe('unproved')
    expect(judge({ ...expected, manifestSha256: null }, sound).state).toBe('unproved')
    expect(
      judge(
        { ...expected, disks: [] },
        { ...sound, disks: [], manifest: { found: { sha256: 'f', says: { ...says, disks: [] } } } },
      ).state,
    ).toBe('unproved')
  })

  it('A9: a reason is bounded, however many disks there are', () => {
    const disks = Array.from(
      { length: 500 },
      (_, key) => ({ ...expected.disks[0], key }) as ExpectedPoint['disks'][number],
    )
    const seen = disks.map(({ key }) => ({ key, image: { gone: true }, map: { gone: true }, root: null }) as const)
    expect(judge({ ...expected, disks }, { ...sound, disks: seen }).reason?.length).toBeLessThanOrEqual(1000)
  })
})

describe('A9: what a look changes', () => {
  const states = ['ok', 'unproved', 'damaged', 'missing'] as const
  const level = (seenIn: string | null) => evidences.indexOf(seenIn as (typeof evidences)[number])
  const verdicts = fc.record({
    state: fc.constantFrom(...states, null),
    seenIn: fc.constantFrom(...evidences),
    reason: fc.constantFrom('x', 'y', null),
    notLooked: fc.constant(null),
    mapLooked: fc.boolean(),
  })

  it('A9: damage is taken back only by a look that went as far as the one that saw it', () =>
    fc.assert(
      fc.property(fc.array(verdicts, { maxLength: 30 }), (looks) => {
        let now: Standed = { state: 'ok', reason: null, seenIn: null }
        for (const look of looks) {
          const to = changeBy(now, look)
          if (look.state === null) expect(to).toBeNull()
          if (now.state === 'damaged' && to) expect(level(look.seenIn)).toBeGreaterThanOrEqual(level(now.seenIn))
          if (to) expect(to.seenIn !== null).toBe(to.state === 'damaged')
          now = to ?? now
          // The same again is nothing new.
          expect(changeBy(now, look)).toBeNull()
        }
      }),
    ))

  it('A9: damage by evidence that nobody knows is taken back by nothing that the hub sees by itself', () => {
    const look = { state: 'ok', seenIn: 'content', reason: null, notLooked: null, mapLooked: true } as const
    expect(changeBy({ state: 'damaged', reason: 'x', seenIn: null }, look)).toBeNull()
  })
})

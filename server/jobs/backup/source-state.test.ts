import { describe, expect, it } from 'vitest'
import type { DiskVerdict, PreparedDisk } from '#contracts/source-state.ts'
import { judgeSource, requireKnown, type SourceFacts } from './source-state.ts'

const facts: SourceFacts = {
  ...{ stateFixedBy: 'unchanged', stateNote: 'plan', allowUnknown: false, format: 'raw', notes: [] },
  sectors: { logical: 512, physical: null },
}
const disk = (key: number, source: Partial<SourceFacts> = {}) => ({ key, source: { ...facts, ...source } })
const said = (
  key: number,
  state: DiskVerdict['state'],
  fixedBy: DiskVerdict['fixedBy'] = 'unchanged',
): DiskVerdict => ({
  ...{ key, state, fixedBy, evidence: [`words of ${key}`] },
})
const codeOf = (work: () => unknown) => {
  try {
    work()
    return null
  } catch (error) {
    return (error as { problem?: { code: string } }).problem?.code
  }
}

describe('A6: what the source said when it was let go', () => {
  it('stands with its words only when a comparison ran', () => {
    const kept = judgeSource([disk(1), disk(2)], [said(2, 'fixed', 'read_twice'), said(1, 'fixed')])
    expect(kept.get(1)).toMatchObject({ stateFixedBy: 'unchanged', stateNote: 'words of 1' })
    expect(kept.get(2)).toMatchObject({ stateFixedBy: 'read_twice', stateNote: 'words of 2' })
  })

  it.each([
    ['nothing at all', [], 'source_unknown'],
    ['nothing of one disk', [said(1, 'fixed')], 'source_unknown'],
    ['that it does not know', [said(1, 'fixed'), said(2, 'unknown')], 'source_unknown'],
    ['fixed, by nothing', [said(1, 'fixed'), said(2, 'fixed', 'unknown')], 'source_unknown'],
    ['that it changed', [said(1, 'unknown'), said(2, 'changed')], 'source_changed'],
  ])('A3: refuses a source that says %s', (_name, verdicts, code) => {
    expect(codeOf(() => judgeSource([disk(1), disk(2)], verdicts))).toBe(code)
  })

  it('A3: unknown stands on the point where a person allowed it, and nowhere else', () => {
    const allowed = disk(1, { stateFixedBy: 'unknown', allowUnknown: true })
    expect(judgeSource([allowed], [said(1, 'unknown', 'unknown')]).get(1)).toMatchObject({ stateFixedBy: 'unknown' })
    expect(judgeSource([allowed], []).get(1)).toMatchObject({ stateFixedBy: 'unknown' })
    expect(codeOf(() => judgeSource([allowed, disk(2)], [said(1, 'unknown'), said(2, 'unknown')]))).toBe(
      'source_unknown',
    )
  })
})

describe('A5: what a job begins with', () => {
  const found = (key: number, stateFixedBy: PreparedDisk['stateFixedBy'] = 'unchanged'): PreparedDisk => ({
    ...{ key, label: '', sizeBytes: 1, dataBytes: 1, stateFixedBy, evidence: [], secondRead: false, format: 'raw' },
    ...{ notes: [], sectors: { logical: 512, physical: null } },
  })
  it.each([
    ['all that is known, and one more', [1], [], [found(1), found(2)], null],
    ['one disk less', [1, 2], [], [found(1)], 'source_missing'],
    ['another disk in its place', [1], [], [found(2)], 'source_missing'],
    ['a disk twice', [1], [], [found(1), found(1)], 'bad_input'],
    ['an unknown state nobody allowed', [1], [], [found(1, 'unknown')], 'source_unknown'],
    ['an unknown state that was allowed', [1], [1], [found(1, 'unknown')], null],
    ['an unknown state allowed for another disk', [1], [2], [found(1, 'unknown')], 'source_unknown'],
  ] as const)('%s', (_name, expected, allowed, disks, code) => {
    expect(codeOf(() => requireKnown('vm', expected, allowed, disks))).toBe(code)
  })
})

import { describe, expect, test } from 'vitest'
import type { ToolReport } from '#contracts/problem.ts'
import { type CopyFailure, copyProblem, mayBeTunnel, readerProblem } from './problems.ts'

const failure = (more: Partial<CopyFailure>): CopyFailure => ({
  ...{ kind: 'io', errno: null, offset: null, message: 'it failed' },
  ...more,
})

describe('why a copy failed', () => {
  test.each([
    ['target', failure({ errno: 'ENOSPC', offset: 65_536 }), 'repository_full', null],
    ['target', failure({ errno: 'EIO' }), 'copy_failed', 'image'],
    ['target', failure({ kind: 'closed' }), 'export_unreachable', null],
    ['target', failure({ kind: 'connect', errno: 'ECONNREFUSED' }), 'export_unreachable', null],
    ['target', failure({ kind: 'timeout' }), 'export_unreachable', null],
    ['target', failure({ kind: 'refused' }), 'export_unreachable', 'export'],
    ['target', failure({ kind: 'protocol' }), 'copy_failed', 'export'],
    ['source', failure({ errno: 'EIO', offset: 4096 }), 'source_read', null],
    ['source', failure({ kind: 'closed' }), 'source_read', null],
  ] as const)('%s: %o → %s', (side, met, code, hop) => {
    const problem = copyProblem(2000, side, met)
    expect(problem.code).toBe(code)
    expect(problem.hop ?? null).toBe(hop)
  })

  test('a read error names the byte, a dead reader its signal', () => {
    expect(copyProblem(7, 'source', failure({ offset: 4096 })).happened).toMatch(/Disk 7.*byte 4096/)
    const reader: ToolReport = { command: 'nbdkit -f -r', exitCode: null, signal: 'SIGKILL', stderr: [] }
    expect(readerProblem(7, reader)).toMatchObject({
      code: 'source_read',
      happened: expect.stringMatching(/^nbdkit, which reads disk 7.*SIGKILL/),
      tool: reader,
    })
  })

  test('only a connection that broke may be the effect of a tunnel that ended', () => {
    expect(mayBeTunnel(copyProblem(1, 'target', failure({ kind: 'closed' })))).toBe(true)
    expect(mayBeTunnel(copyProblem(1, 'target', failure({ errno: 'ENOSPC' })))).toBe(false)
    expect(mayBeTunnel(copyProblem(1, 'source', failure({})))).toBe(false)
  })
})

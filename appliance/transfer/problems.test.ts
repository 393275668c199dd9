import { describe, expect, test } from 'vitest'
import type { ToolReport } from '#contracts/problem.ts'
import { copyProblem, mayBeTunnel } from './problems.ts'

const tool = (...stderr: string[]): ToolReport => ({ command: 'nbdcopy', exitCode: 1, signal: null, stderr })
const reader: ToolReport = { command: 'nbdkit', exitCode: null, signal: 'SIGKILL', stderr: [] }

describe('why a copy failed', () => {
  test.each([
    ['nbdcopy: write at offset 65536 failed: No space left on device', null, 'repository_full'],
    ['nbdcopy: read at offset 4096 failed: Input/output error', null, 'source_read'],
    // nbdkit aborts when the copier hangs up on it: the read is the cause.
    ['nbdcopy: read at offset 4096 failed: Input/output error', reader, 'source_read'],
    ['nbdcopy: read at offset 4096 failed: Transport endpoint is not connected', reader, 'source_read'],
    ['nbdcopy: write at offset 0 failed: Transport endpoint is not connected', null, 'export_unreachable'],
    [
      'nbd://h:1/x: nbd_aio_get_fd: connection is not in a connected state: Invalid argument',
      null,
      'export_unreachable',
    ],
    ['nbd_connect_uri: connect: Connection refused', null, 'export_unreachable'],
    ["nbd_connect_uri: handshake: server has no export named 'x'", null, 'export_unreachable'],
    ['nbd_block_status: block-status: command failed: Input/output error', null, 'source_read'],
    ['Assertion failed', null, 'copy_failed'],
  ] as const)('%s (reader ended: %o) → %s', (line, ended, code) => {
    expect(copyProblem(2000, tool(line), ended)).toMatchObject({ code })
  })

  test('a read error names the byte, a dead reader its signal', () => {
    expect(copyProblem(7, tool('read at offset 4096 failed: Input/output error'), reader).happened).toMatch(
      /Disk 7.*byte 4096/,
    )
    expect(copyProblem(7, tool(), reader)).toMatchObject({ happened: expect.stringContaining('SIGKILL'), tool: reader })
  })

  test('who was killed is named, and not who fell with it', () => {
    const asking = tool('nbd_block_status: block-status: command failed: Transport endpoint is not connected')
    expect(copyProblem(7, asking, reader).happened).toContain('nbdkit, which reads disk 7')
    const aborted: ToolReport = { ...reader, signal: 'SIGABRT' }
    // As when the tunnel is cut: the copier hangs up, and its reader may abort while it is asked.
    expect(mayBeTunnel(copyProblem(7, asking, aborted))).toBe(true)
    expect(mayBeTunnel(copyProblem(7, tool('read at offset 4096 failed: Connection reset by peer'), aborted))).toBe(
      true,
    )
    const killed: ToolReport = { ...tool(), exitCode: null, signal: 'SIGKILL' }
    expect(copyProblem(7, killed, { ...reader, signal: 'SIGABRT' })).toMatchObject({
      code: 'copy_failed',
      tool: killed,
    })
  })

  test('every problem says what is safe and what to do', () => {
    for (const line of ['No space left on device', 'read at offset 1 failed: x', 'Connection refused', 'other']) {
      const problem = copyProblem(1, tool(line), null)
      expect(problem.safe).toBeTruthy()
      expect(problem.remedy).toBeTruthy()
      expect(problem.tool?.stderr).toEqual([line])
    }
  })
})

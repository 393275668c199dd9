import { describe, expect, it } from 'vitest'
import { judgeClock, judgeHostKey, judgeName, judgePorts, judgeRoom, judgeSource, judgeTools } from './judge.ts'

const all = ['nbdkit', 'qemu-nbd', 'qemu-img', 'setpriv', 'ssh', 'ss'].map((name) => ({ name, version: '1.2' }))

describe('the judgement of a check', () => {
  it('names each missing tool with its side', () => {
    expect(judgeTools(all, [{ name: 'qemu-nbd', version: '7.2' }])).toMatchObject({ outcome: 'passed' })
    const found = judgeTools(
      all.map((tool) => (tool.name === 'nbdkit' ? { ...tool, version: null } : tool)),
      [{ name: 'qemu-nbd', version: null }],
    )
    expect(found.detail).toBe('Not installed: nbdkit on the appliance, qemu-nbd on the hub.')
  })

  it('counts a clock as wrong only beyond the doubt of the question', () => {
    expect(judgeClock(29_000, 10).outcome).toBe('passed')
    expect(judgeClock(-31_000, 10)).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('behind') })
    expect(judgeClock(31_000, 4000).outcome).toBe('passed')
    expect(judgeClock(3, 10).detail).toContain('the same time')
  })

  it('looks names up, and no addresses', () => {
    const route = { sshHost: 'hub.example.org', sshPort: 22 }
    expect(judgeName({ ...route, lookup: null }).outcome).toBe('not-applicable')
    expect(judgeName({ ...route, lookup: { addresses: ['192.0.2.1'], ms: 3, error: null } }).outcome).toBe('passed')
    const failed = judgeName({ ...route, lookup: { addresses: [], ms: 3, error: 'ENOTFOUND' } })
    expect(failed).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('ENOTFOUND') })
  })

  it('compares host keys without their comments', () => {
    expect(judgeHostKey('ssh-ed25519 AAAA one', 'ssh-ed25519 AAAA two\n').outcome).toBe('passed')
    expect(judgeHostKey('ssh-ed25519 AAAB', 'ssh-ed25519 AAAA').outcome).toBe('failed')
  })

  it('names the disk that does not open', () => {
    const well = { key: 2000, sizeBytes: 10, dataBytes: 5, stateFixedBy: 'unchanged' as const, problem: null }
    expect(judgeSource([well], true, [well]).detail).toContain('beside the backup that runs')
    const gone = { ...well, key: 2001, problem: { happened: 'Gone.', remedy: 'Put it back.' } }
    expect(judgeSource([well, gone], false, [well])).toEqual({
      outcome: 'failed',
      detail: 'Disk 2001: Gone.',
      remedy: 'Put it back.',
    })
  })

  it('takes data where it is known, else the whole disk', () => {
    const disk = { key: 1, sizeBytes: 2 ** 40 }
    const known = { key: 1, sizeBytes: 2 ** 40, dataBytes: 2 ** 20, stateFixedBy: null, problem: null }
    expect(judgeRoom(2 ** 30, [disk], [known]).outcome).toBe('passed')
    expect(judgeRoom(2 ** 30, [disk], []).outcome).toBe('failed')
  })

  it('leaves a port for each disk beside the canary’s', () => {
    expect(judgePorts([10_100, 10_109], 7, 2).outcome).toBe('passed')
    expect(judgePorts([10_100, 10_109], 8, 2).outcome).toBe('failed')
  })
})

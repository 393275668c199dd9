import { describe, expect, it } from 'vitest'
import type { HubEvent } from '#contracts/events.ts'
import type { JobState } from '#contracts/job.ts'
import { stagesOf } from './phases.ts'

const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString()
const entered = (state: JobState, second: number) =>
  ({ seq: String(second), at: at(second), jobId: null, data: { kind: 'job.state', state } }) as HubEvent
const job = (state: JobState, startedAt: string | null, finishedAt: string | null = null) => ({
  ...{ state, startedAt, finishedAt, createdAt: at(0) },
})
const short = (stages: ReturnType<typeof stagesOf>) => stages.map(({ state }) => state)

const whole = (['planned', 'preparing', 'copying', 'flushing', 'checking', 'committing'] as const).map((state, index) =>
  entered(state, 10 + index),
)

describe('stages', () => {
  it('wait, then are planned as soon as the engine has taken the job up', () => {
    expect(short(stagesOf(job('queued', null), []))).toEqual(['now', ...Array(6).fill('ahead')])
    const planning = stagesOf(job('queued', at(3)), [entered('queued', 0)])
    expect(planning.slice(0, 2)).toMatchObject([
      { state: 'done', from: at(0), to: at(3) },
      { state: 'now', from: at(3), to: null },
    ])
  })

  it('end where the next begins; the planning ends with the preparing', () => {
    const stages = stagesOf(job('completed', at(3), at(30)), [...whole, entered('completed', 30)])
    expect(short(stages)).toEqual(Array(7).fill('done'))
    expect(stages[1]).toMatchObject({ from: at(3), to: at(11) })
    expect(stages[6]).toMatchObject({ from: at(15), to: at(30) })
  })

  it('say in which one it failed or was cancelled', () => {
    const log = [...whole.slice(0, 3), entered('failed', 40)]
    const ahead = Array(3).fill('ahead')
    expect(short(stagesOf(job('failed', at(3), at(40)), log))).toEqual(['done', 'done', 'done', 'failed', ...ahead])
    expect(stagesOf(job('cancelled', at(3), at(40)), log)[3]).toMatchObject({ state: 'cancelled', to: at(40) })
    expect(short(stagesOf(job('failed', null, at(1)), []))[0]).toBe('failed')
  })
})

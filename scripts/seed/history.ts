import type { JobState } from '#contracts/job.ts'
import type { Problem } from '#contracts/problem.ts'
import { backupIdFor } from '#server/domain/names.ts'
import type { SeedVm } from './machines.ts'
import type { Random } from './random.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export interface SeedJob {
  id: string
  vm: SeedVm
  backupId: string
  repositoryId: string
  state: JobState
  createdAt: Date
  startedAt: Date
  finishedAt: Date | null
  problem: Problem | null
  /** Share of the data that was copied. */
  copied: number
}

const problems: readonly [Problem, ...Problem[]] = [
  {
    code: 'repository_full',
    happened: 'The repository has 12.0 GiB free; this backup may need 41.3 GiB.',
    safe: 'Earlier backups are untouched.',
    remedy: 'Make room in the repository, or choose another one.',
  },
  {
    code: 'appliance_unreachable',
    happened: 'The appliance was out of reach for 60 seconds in the middle of the copy.',
    safe: 'Earlier backups are untouched; what was copied is removed.',
    remedy: 'See whether the appliance runs and reaches the hub, then back up again.',
  },
  {
    code: 'copy_failed',
    happened: 'Disk 2000 cannot be read at its source, at byte 1048576: Input/output error',
    safe: 'Earlier backups are untouched.',
    remedy: 'Its words are below.',
    tool: { command: 'nbdkit', exitCode: 1, signal: null, stderr: ['nbdkit: file: pread: Input/output error'] },
  },
]

function makeJob(vm: SeedVm, state: JobState, at: Date, repositoryId: string, random: Random): SeedJob {
  const startedAt = new Date(at.getTime() + random.int(200, 4000))
  const finishedAt = new Date(startedAt.getTime() + random.int(40, 5400) * 1000)
  return {
    ...{ id: random.uuid(), vm, state, repositoryId, createdAt: at, startedAt, finishedAt },
    backupId: backupIdFor(vm.slug, at),
    problem: state === 'failed' ? random.pick(problems) : null,
    copied: state === 'completed' ? 1 : random.next(),
  }
}

/**
 * Backups of the past months: nightly, more of some machines than of others, none of a few; now and then one that
 * failed or was cancelled. Exactly `restorePoints` of them completed.
 */
export function makeHistory(
  vms: readonly SeedVm[],
  repositories: readonly [string, ...string[]],
  restorePoints: number,
  now: Date,
  random: Random,
): SeedJob[] {
  // Every ninth machine was never backed up.
  const backedUp = vms.filter((_, index) => index % 9 !== 4)
  const jobs: SeedJob[] = []
  for (const [index, vm] of backedUp.entries()) {
    const share = (n: number) => Math.floor((n * restorePoints) / backedUp.length)
    const count = share(index + 1) - share(index)
    const repositoryId = random.pick(repositories)
    const every = random.pick([DAY, DAY, DAY, 2 * DAY, 7 * DAY])
    const night = random.int(0, 6 * 60) * 60_000
    let at = now.getTime() - random.int(2, 20) * HOUR - night
    const add = (state: JobState) => {
      jobs.push(makeJob(vm, state, new Date(at), repositoryId, random))
      at -= every + random.int(-20, 20) * 60_000
    }
    // Some nights ended otherwise; of some machines it was the last one.
    if (random.chance(0.05)) add('failed')
    if (random.chance(0.02)) add('cancelled')
    for (let n = 0; n < count; n++) {
      add('completed')
      if (random.chance(0.04)) add('failed')
      if (random.chance(0.01)) add('cancelled')
    }
  }
  return jobs
}

/** Backups that run, one of each of the first machines; no engine knows them. */
export function makeRunning(vms: readonly SeedVm[], count: number, repositoryId: string, now: Date, random: Random) {
  return vms.slice(0, count).map((vm): SeedJob => {
    const job = makeJob(vm, 'copying', new Date(now.getTime() - random.int(60, 3600) * 1000), repositoryId, random)
    return { ...job, finishedAt: null }
  })
}

import { ProblemError, toProblem } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import { backupPaths, type Manifest, readManifest, requireIdentity } from '../../drivers/repository/driver.ts'
import { commitRecord } from './commit.ts'
import type { BackupRun } from './run.ts'

const LOOK_MS = 1000

/**
 * What the finished directory says of itself; null when it is not there. A repository that is away may hold a finished
 * backup: it is waited for, in words, for as long as nobody cancels.
 */
async function finished(run: BackupRun): Promise<Manifest | null> {
  const { repository, repositoryId, vm, backupId, id } = run.job
  let told = ''
  for (;;) {
    try {
      await requireIdentity(repository.path, repositoryId)
      const manifest = await readManifest(backupPaths(repository.path, vm.slug, backupId).final)
      return manifest.jobId === id ? manifest : null
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'not_found') return null
      const { happened } = toProblem(error)
      if (told !== happened)
        await run.step('roll forward', `${happened} The backup may be complete there: waiting for it.`, 'info')
      told = happened
    }
    await sleep(LOOK_MS, run.signal)
  }
}

/**
 * An engine that died between rename and record left a backup that only lacks its record.
 * @returns false when there is none: the job was not renamed yet
 */
export async function rollForward(run: BackupRun): Promise<boolean> {
  const manifest = await finished(run)
  if (!manifest) return false
  await commitRecord(run.ctx.prisma, run.job, manifest)
  run.state = 'completed'
  const words = 'The engine stopped between rename and record; the record was completed from the manifest.'
  await run.step('roll forward', words)
  return true
}

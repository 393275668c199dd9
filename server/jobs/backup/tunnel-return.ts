import { toProblem } from '#contracts/problem.ts'
import { jobResources } from '../../db/resources.ts'
import { fingerprint } from '../../drivers/ssh/driver.ts'
import type { DataKey } from '../../engine/key-file.ts'
import type { BackupRun } from './run.ts'

/**
 * A job has a new data session: ends the older ones of its key, which may not know yet that their peer is gone, and
 * tells the appliance, so that the copy goes on. When this does not work it goes on a little later by itself.
 */
export async function welcomeBack(run: BackupRun): Promise<void> {
  const { ctx, job, client, signal } = run
  try {
    const [row] = await jobResources(ctx.prisma, 'data-key', job.id)
    if (!row) return
    const ended = await ctx.sshd.endOlderSessionsOf(fingerprint((row.data as unknown as DataKey).publicKey))
    if (ended > 0)
      await run.step('tunnel', `Ended ${ended} stale SSH ${ended === 1 ? 'session' : 'sessions'} of the job.`)
    await client.call('jobs.resume', { jobId: job.id }, { timeoutMs: 5000, signal })
  } catch (error) {
    signal.throwIfAborted()
    ctx.log.warn({ err: error, job: job.id }, toProblem(error).happened)
  }
}

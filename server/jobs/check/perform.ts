import type { ProbedDisk } from '#contracts/check.ts'
import { toProblem } from '#contracts/problem.ts'
import { failed, failedBy, passed } from '../../domain/check/judge.ts'
import { beginJob, checkAppliance, checkRoute, checkSource } from './appliance.ts'
import { canaryChecks, checkCanary } from './canary.ts'
import { checkPorts, checkRepository, checkRoom } from './hub.ts'
import type { CheckRun } from './run.ts'

async function removed(run: CheckRun): Promise<void> {
  await run.answer('removed', async () => {
    const left = (await run.cleanup.run()).filter(({ ok }) => !ok)
    if (left.length === 0) return passed('Everything that the check made is gone.')
    return failed(
      left.map(({ step, detail }) => `Not removed: ${step}: ${detail}`).join(' '),
      'The hub tries again by itself; the page Housekeeping says why it does not work.',
    )
  })
}

async function throughAppliance(run: CheckRun, canary: { path: string } | string): Promise<ProbedDisk[]> {
  let publicKey = ''
  try {
    publicKey = await beginJob(run)
  } catch (error) {
    run.signal.throwIfAborted()
    await run.answer('tunnel', () => failedBy(toProblem(error), 'See the appliance’s log.'))
    await run.pass(['dns', 'host-key', 'source', ...canaryChecks], 'Not tried: the appliance could not begin.')
    return []
  }
  const sent = async () => {
    if (typeof canary === 'string') await run.pass(canaryChecks, canary)
    else await checkCanary(run, canary.path, publicKey)
  }
  // Each comes to its end, whatever becomes of the others: nothing is made any more when cleaning begins.
  const [disks, ...others] = await Promise.allSettled([checkSource(run), checkRoute(run), sent()])
  for (const other of others) if (other.status === 'rejected') throw other.reason
  if (disks.status === 'rejected') throw disks.reason
  return disks.value
}

/** Every check, side by side where they do not need each other. What it made is gone afterwards, or on the ledger. */
export async function performCheck(run: CheckRun): Promise<void> {
  const { repository } = run.facts
  try {
    const [freeBytes, ports, answers] = await Promise.all([checkRepository(run), checkPorts(run), checkAppliance(run)])
    let probed: ProbedDisk[] = []
    if (!answers) {
      const away = 'Not tried: the appliance does not answer.'
      await run.pass(['tools', 'clock', 'dns', 'host-key', 'source', ...canaryChecks], away)
    } else if (!repository) probed = await throughAppliance(run, 'There is no repository to write a canary to.')
    else if (freeBytes === null) probed = await throughAppliance(run, 'Not tried: the repository cannot be written.')
    else if (!ports) probed = await throughAppliance(run, 'Not tried: it would take a port that a backup needs.')
    else probed = await throughAppliance(run, { path: repository.path })
    await checkRoom(run, freeBytes, probed)
  } finally {
    await removed(run)
  }
}

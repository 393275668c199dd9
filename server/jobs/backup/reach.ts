import type { ApplianceInput, ApplianceMethod, ApplianceOutput } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import type { CallOptions } from '../../drivers/appliance/driver.ts'
import type { BackupRun } from './run.ts'

const PAUSE_MS = 500

/**
 * Asks the appliance, and asks again while it is out of reach, for as long as it may be away. Only for questions that may
 * be asked twice.
 * @throws ProblemError what it answered, or `appliance_unreachable` when it stays away
 */
export async function askPatiently<M extends ApplianceMethod>(
  run: BackupRun,
  method: M,
  input: ApplianceInput<M>,
  options: CallOptions,
): Promise<ApplianceOutput<M>> {
  let awaySince: number | null = null
  for (;;) {
    try {
      return await run.client.call(method, input, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof ProblemError) || error.problem.code !== 'appliance_unreachable') throw error
      if (awaySince === null) await run.step('appliance', `Out of reach: ${error.message} Waiting for it.`, 'info')
      awaySince ??= performance.now()
      if (performance.now() - awaySince > run.ctx.env.applianceAwayMs) throw error
    }
    await sleep(PAUSE_MS, options.signal)
  }
}

import type { HubEvent } from '#contracts/events.ts'
import { isTerminal } from '#contracts/job-states.ts'
import type { SendenseClient } from './client.ts'

/**
 * Follows one backup to its end.
 * @param tell  hears of each of its events once, in order, over a restart of the hub too
 * @returns its last state: completed, failed or cancelled
 * @throws what the hub refuses with (nobody is signed in, there is no such backup), or the signal's reason
 */
export async function followBackup(
  client: SendenseClient,
  id: string,
  tell: (event: HubEvent) => void = () => undefined,
  signal?: AbortSignal,
): Promise<'completed' | 'failed' | 'cancelled'> {
  const { id: jobId, state, cursor } = await client.backups.get.query({ id })
  if (isTerminal(state)) return state as 'completed'
  return new Promise((resolve, reject) => {
    const end = () => subscription.unsubscribe()
    const subscription = client.events.subscribe.subscribe(
      { after: cursor },
      {
        onData({ data: event }) {
          if (event.jobId !== jobId) return
          tell(event)
          if (event.data.kind !== 'job.state' || !isTerminal(event.data.state)) return
          end()
          resolve(event.data.state as 'completed')
        },
        onError: reject,
      },
    )
    signal?.addEventListener('abort', () => {
      end()
      reject(signal.reason)
    })
  })
}

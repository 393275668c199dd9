import { type Runner, run as runWorker, Logger as WorkerLogger } from 'graphile-worker'
import { sleep } from '#lib/async/wait.ts'
import type { JobRunner } from '../jobs/runner.ts'
import { type CommandContext, handleCommand } from './commands.ts'

const AGAIN_MS = 500

/** graphile-worker only wakes: a task ends at once, the work is the runner's. */
function startWorker(ctx: CommandContext, runner: JobRunner, url: string): Promise<Runner> {
  return runWorker({
    connectionString: url,
    concurrency: 10,
    noHandleSignals: true,
    logger: new WorkerLogger(
      () => (level, message) => ctx.log[level === 'error' ? 'error' : 'debug']({ from: 'queue' }, message),
    ),
    pollInterval: 2000,
    taskList: {
      jobs: () => runner.wake(),
      command: (payload) => handleCommand(ctx, (payload as { id: string }).id),
    },
  })
}

/** Listens to the queue until disposed. A worker that gives up because the database stayed away is started again. */
export async function startQueue(ctx: CommandContext, runner: JobRunner, url: string): Promise<AsyncDisposable> {
  const stop = new AbortController()
  let worker: Runner | null = await startWorker(ctx, runner, url)
  const keep = async () => {
    while (!stop.signal.aborted) {
      await worker?.promise.catch((err: unknown) => ctx.log.warn({ err }, 'the queue was lost'))
      if (stop.signal.aborted) return
      await sleep(AGAIN_MS, stop.signal).catch(() => undefined)
      if (stop.signal.aborted) return
      worker = await startWorker(ctx, runner, url).catch(() => null)
    }
  }
  const kept = keep()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await worker?.stop().catch(() => undefined)
      await kept
    },
  }
}

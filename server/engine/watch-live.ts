import { sleep } from '#lib/async/wait.ts'
import { appendEvent } from '../db/events.ts'
import { countPeers } from '../drivers/nbd/driver.ts'
import type { EngineContext } from './context.ts'

const EVERY_MS = 2000

/**
 * Tells what changes without anybody's doing: a qemu-nbd that died, clients that came and went, a session that was cut.
 * Only a change is an event, so a quiet hub writes nothing.
 */
export function watchLive(ctx: Pick<EngineContext, 'prisma' | 'exports' | 'sshd' | 'log'>): AsyncDisposable {
  const stop = new AbortController()
  const seen = { 'exports.changed': '', 'tunnels.changed': '' }
  const tell = async (kind: keyof typeof seen, now: unknown) => {
    const text = JSON.stringify(now)
    if (seen[kind] !== '' && seen[kind] !== text) await appendEvent(ctx.prisma, { kind })
    seen[kind] = text
  }
  const look = async () => {
    const exports = await ctx.exports.list()
    const peers = await countPeers(new Set(exports.map(({ facts }) => facts.port)))
    await tell(
      'exports.changed',
      exports.map(({ row, facts, alive }) => [row.id, alive, alive && peers(facts.port)]),
    )
    const sessions = await ctx.sshd.sessions()
    await tell('tunnels.changed', sessions.map(({ pid, start, fingerprint }) => [pid, start, fingerprint]).toSorted())
  }
  const done = (async () => {
    while (!stop.signal.aborted) {
      await look().catch((err: unknown) => ctx.log.debug({ err }, 'could not look at exports and sessions'))
      await sleep(EVERY_MS, stop.signal).catch(() => undefined)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

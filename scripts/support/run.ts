import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ProblemError } from '#contracts/problem.ts'
import type { SupportBundle } from '#contracts/support.ts'
import { openRunningHub } from '#scripts/hub/open.ts'
import { createCrypto } from '#server/container.ts'
import type { HubEnv } from '#server/env.ts'
import { archiveOf, type Bundle } from '#server/services/support/bundle.ts'
import { collectBundle } from '#server/services/support/service.ts'

async function collect(env: HubEnv, jobId: string | null): Promise<Bundle> {
  const hub = await openRunningHub(env).catch((error: unknown) => {
    if (error instanceof ProblemError && error.problem.code === 'unavailable') return null
    throw error
  })
  if (!hub) return collectBundle({ env, crypto: createCrypto(env), hub: null }, null)
  await using running = hub
  return await collectBundle({ env, crypto: createCrypto(env), hub: running }, jobId)
}

/** Writes the archive. @throws ProblemError, also when the file is there already */
export async function writeBundle(env: HubEnv, out: string, jobId: string | null): Promise<SupportBundle> {
  const bundle = await collect(env, jobId)
  try {
    await pipeline(archiveOf(bundle), createWriteStream(out, { flags: 'wx', mode: 0o600 }))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ProblemError({
      code: 'bad_input',
      happened: code === 'EEXIST' ? `${out} is there already.` : `${out} cannot be written: ${message}`,
      safe: 'Nothing was overwritten.',
      remedy: 'Name another file.',
    })
  }
  return bundle.view
}

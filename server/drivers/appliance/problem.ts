import type { IncomingHttpHeaders } from 'node:http'
import { applianceErrorSchema, BUILD_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'

type Where = { host: string; port: number; buildId: string }

export function unreachable(where: Where, reason: string, cause?: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'appliance_unreachable',
      happened: `The appliance cannot be reached through its tunnel (${where.host}:${where.port}): ${reason}.`,
      safe: 'Finished backups are not affected.',
      remedy: 'See that the appliance runs and that its control tunnel is connected (page Exports & tunnels).',
    },
    { cause },
  )
}

/** The other side speaks another protocol, or is no appliance at all. */
export function mismatch(where: Where, headers: IncomingHttpHeaders, detail?: string): ProblemError {
  const theirs = headers[PROTOCOL_HEADER]
  if (theirs === undefined) return unreachable(where, 'something that is not a Sendense appliance answers there')
  const ours = `protocol ${PROTOCOL_VERSION} (build ${where.buildId})`
  return new ProblemError({
    code: 'protocol_mismatch',
    happened: `The hub speaks ${ours}, the appliance protocol ${theirs} (build ${headers[BUILD_HEADER] ?? 'unknown'})${
      detail ? `, and ${detail}` : ''
    }.`.slice(0, 2000),
    safe: 'No backup is started while they differ. Finished backups are not affected.',
    remedy: 'Update the older of the two, so that hub and appliance are of the same release.',
  })
}

/** What an answer that is not 2xx says. */
export function problemOf(method: string, status: number, text: string): ProblemError {
  try {
    return new ProblemError(applianceErrorSchema.parse(JSON.parse(text)).problem)
  } catch {
    return new ProblemError({
      code: 'internal',
      happened: `The appliance answered ${method} with HTTP ${status} and no reason that can be read.`,
      remedy: 'Its log has more.',
    })
  }
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BUILD_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import { buildId } from '../build-id.ts'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Lets in only who brings the token. Takes as long for a wrong one as for the right one. @throws ProblemError unauthenticated */
export function requireToken(headers: IncomingHttpHeaders, token: string): void {
  const given = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]
  if (token !== '' && given !== undefined && timingSafeEqual(digest(given), digest(token))) return
  throw new ProblemError({
    code: 'unauthenticated',
    happened: 'The appliance was asked without its API token, or with a wrong one.',
    remedy: 'Register the appliance at the hub again with the token in its data directory.',
  })
}

/** @throws ProblemError protocol_mismatch naming both sides */
export function requireProtocol(headers: IncomingHttpHeaders): void {
  const given = headers[PROTOCOL_HEADER]
  if (given === String(PROTOCOL_VERSION)) return
  const theirs = given === undefined ? 'names no protocol' : `speaks protocol ${String(given)}`
  throw new ProblemError({
    code: 'protocol_mismatch',
    happened:
      `The hub ${theirs} (build ${headers[BUILD_HEADER] ?? 'unknown'}), ` +
      `the appliance speaks protocol ${PROTOCOL_VERSION} (build ${buildId}).`,
    safe: 'No backup is started while they differ. Finished backups are not affected.',
    remedy: 'Update the older of the two, so that hub and appliance are of the same release.',
  })
}

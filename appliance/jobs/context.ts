import type { ApplianceConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { RateLimit } from '../transfer/limit/rate-limit.ts'

/** What a job needs from its daemon. */
export interface JobContext {
  /** The settings as they are now. */
  config(): Promise<ApplianceConfig>
  /** Program and first arguments that run this appliance: the client is the same file with `client` behind it. */
  self: { command: string; args: readonly string[] }
  log: Log
  /** What its jobs may send together. */
  limit: RateLimit
}

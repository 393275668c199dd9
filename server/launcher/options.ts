import type { HubEnv } from '../env.ts'
import type { PostgresBinaries } from './postgres/binaries.ts'

export interface LauncherOptions {
  env: HubEnv
  /** The checkout or installation: where server/, prisma/ and .next/ are. Default: the one this file is in. */
  root?: string
  /** `next dev` instead of the built dashboard. */
  dev?: boolean
  /** False: PostgreSQL and engine only. Default true. */
  web?: boolean
  /** Also hand each line of the programs' logs to `say`. */
  verbose?: boolean
  /** Told in one line what happens. Never a secret. */
  say?: (line: string) => void
  /** The environment whose SENDENSE_ variables are handed on. Default: none. */
  source?: Readonly<Record<string, string | undefined>>
  /** Replaces `server/engine/main.ts` (tests). */
  engineEntry?: string
  /** Replaces the search for PostgreSQL's programs (tests). */
  binaries?: (directory: string) => Promise<PostgresBinaries>
  /** Replaces the question whether all is up (tests). */
  isReady?: (databaseUrl: string) => Promise<boolean>
  /** Milliseconds until all must be up. Default 120 s. */
  readyDeadlineMs?: number
  /** Gives up starting; what was begun is ended again. */
  signal?: AbortSignal
}

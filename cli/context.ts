import type { Api } from './api.ts'
import type { Output } from './output.ts'
import type { Settings } from './settings.ts'

/** What every command works with. */
export interface Context {
  settings: Settings
  api: Api
  out: Output
  /** Aborts at Ctrl-C. */
  signal: AbortSignal
  /** Sets how the program will end. */
  exit(status: number): void
}
/** Reads the options that stand before or behind a command, and makes its context. */
export type Contextual = (work: (context: Context) => Promise<void>) => Promise<void>

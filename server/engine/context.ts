import type { Logger } from 'pino'
import type { Thresholds } from '#contracts/thresholds.ts'
import type { PrismaClient } from '../db/client.ts'
import type { DatabaseListener } from '../db/listen.ts'
import type { Traffic } from '../drivers/nbd/traffic.ts'
import type { HubEnv } from '../env.ts'
import type { ApplianceSessions } from './appliance-sessions.ts'
import type { Exports } from './exports.ts'
import type { KeyFile } from './key-file.ts'
import type { Park } from './park.ts'
import type { TunnelServer } from './tunnel-server.ts'

/** What the engine's parts share. One owner each: sshd and its keys, exports, appliances' sessions. */
export interface EngineContext {
  env: HubEnv
  prisma: PrismaClient
  listener: DatabaseListener
  log: Logger
  sshd: TunnelServer
  keys: KeyFile
  exports: Exports
  sessions: ApplianceSessions
  /** Of the exports' sockets, by port: one look at the host a second, however many jobs ask. Null: cannot be measured. */
  traffic(): Promise<Map<number, Traffic> | null>
  /** When a silence is worth a word; changes are seen within seconds. */
  thresholds(): Promise<Thresholds>
  park: Park
}

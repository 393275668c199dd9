import type { Logger } from 'pino'
import type { PrismaClient } from '../db/client.ts'
import type { DatabaseListener } from '../db/listen.ts'
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
  park: Park
}

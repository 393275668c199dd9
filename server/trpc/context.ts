import type { Asker } from '#contracts/access.ts'
import type { AccessServices } from '../services/access/api.ts'
import type { HubServices } from '../services/api.ts'
import type { Setup } from '../services/auth/setup.ts'

/** Whoever asks: a person by a session, or a program by a token of one. Read from the database for each request. */
export interface Identity extends Asker {
  userId: string
  name: string
  email: string
  /** The session's id, or the token's with its name. */
  via: { kind: 'session'; id: string } | { kind: 'token'; id: string; name: string }
}

/** What procedures get. No request: tests and pages call procedures without one. */
export interface TrpcContext {
  services: HubServices
  access: AccessServices
  setup: Setup
  identity: Identity | null
  /** Where the request comes from, for the audit trail; null: not known. */
  address: string | null
}

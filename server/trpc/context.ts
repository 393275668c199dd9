import type { HubServices } from '../services/api.ts'
import type { Setup } from '../services/auth/setup.ts'

/** Who is signed in. */
export interface SessionInfo {
  userId: string
  name: string
  email: string
  role: string
}

/** What procedures get. No request: tests and pages call procedures without one. */
export interface TrpcContext {
  services: HubServices
  setup: Setup
  session: SessionInfo | null
}

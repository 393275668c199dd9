import type { PrismaClient } from '../../db/client.ts'
import type { AccessServices } from './api.ts'
import { createAudit } from './audit.ts'
import { createPeople } from './people.ts'
import { createSessions } from './sessions.ts'
import { createTokens } from './tokens.ts'

/** @param url  where people reach the dashboard: links are made with it */
export function createAccess(prisma: PrismaClient, url: string): AccessServices {
  return {
    tokens: createTokens(prisma),
    sessions: createSessions(prisma),
    people: createPeople(prisma, url),
    audit: createAudit(prisma),
  }
}

import type { Role } from '#contracts/access.ts'
import type { AuditEntry, AuditFilter, AuditPage } from '#contracts/audit.ts'
import type { NewToken, PasswordLink, Person, SessionView, TokenView } from '#contracts/people.ts'
import type { AuditNote } from './audit.ts'

/** Whom a token stands for, if it does. */
export interface TokenOwner {
  tokenId: string
  tokenName: string
  scopes: readonly string[]
  userId: string
  name: string
  email: string
  role: string
}

/** People, their sessions and tokens, and the trail of what they did. Methods throw ProblemError, as those of the hub do. */
export interface AccessServices {
  tokens: {
    /** The person's own, newest first. */
    list(userId: string): Promise<TokenView[]>
    /** The only time that the token itself is told. */
    create(userId: string, input: NewToken): Promise<{ token: string; view: TokenView }>
    /** Ends one of the person's own. Once revoked it stays in the list for 30 days. */
    revoke(userId: string, tokenId: string): Promise<void>
    /** Whom the token stands for now; null when it is not known, was revoked, is too old, or its owner is disabled. */
    find(token: string, address: string | null): Promise<TokenOwner | null>
  }
  sessions: {
    list(userId: string, currentId: string | null): Promise<SessionView[]>
    revoke(userId: string, sessionId: string): Promise<void>
    /** All but the one that asks. Answers how many. */
    revokeOthers(userId: string, currentId: string | null): Promise<number>
  }
  people: {
    list(): Promise<Person[]>
    /** A person who chooses a password by the link. */
    invite(input: { name: string; email: string; role: Role }): Promise<{ person: Person; link: PasswordLink }>
    /** Another link, by which the present password is replaced. */
    passwordLink(userId: string): Promise<PasswordLink>
    setRole(userId: string, role: Role): Promise<Person>
    setDisabled(userId: string, disabled: boolean): Promise<Person>
    /** Ends every session and every token of theirs. */
    endAccess(userId: string): Promise<Person>
    /** For who lost the authenticator and the recovery codes. */
    turnOffSecondFactor(userId: string): Promise<Person>
    remove(userId: string): Promise<void>
  }
  audit: {
    /** Writes one line. Never throws: what was done is done. */
    note(entry: AuditNote): Promise<void>
    /** Newest first, in pages. */
    list(filter: AuditFilter & { cursor?: string; limit?: number }): Promise<AuditPage>
    /** Every entry of the filter, newest first, read while it is sent. @param until  a `seq`: nothing newer */
    all(filter: AuditFilter, until?: string | null): AsyncIterable<AuditEntry>
    /** How many days it is kept. */
    retention(): Promise<{ days: number }>
    /** 30 to 36,500. What is older is taken out at once, and then once a day. */
    setRetention(days: number): Promise<{ days: number }>
  }
}

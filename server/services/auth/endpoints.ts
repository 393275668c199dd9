/**
 * What of better-auth is answered over HTTP, and nothing else: what the product does not offer is not there. Nobody makes or
 * changes accounts in another way, and no address tells whether a password is right without signing in.
 */
export const authEndpoints: readonly string[] = [
  'GET /get-session',
  'POST /change-password',
  'POST /sign-in/email',
  'POST /sign-in/link',
  'POST /sign-in/password',
  'POST /sign-out',
  'POST /two-factor/disable',
  'POST /two-factor/enable',
  'POST /two-factor/generate-backup-codes',
  'POST /two-factor/verify-backup-code',
  'POST /two-factor/verify-totp',
]

/** True for exactly these; `pathname` as in the request. */
export function isAuthEndpoint(method: string, pathname: string): boolean {
  return pathname.startsWith('/api/auth/') && authEndpoints.includes(`${method} ${pathname.slice('/api/auth'.length)}`)
}

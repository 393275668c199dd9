import 'server-only'
import { headers } from 'next/headers'

/** The nonce of the page that is being rendered, from the policy that the proxy gave it. */
export async function pageNonce(): Promise<string | undefined> {
  const policy = (await headers()).get('content-security-policy')
  return /'nonce-([^']+)'/.exec(policy ?? '')?.[1]
}

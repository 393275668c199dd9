import { parseNbdUrl } from './address.ts'
import { NbdClient, type NbdConnectOptions } from './client.ts'

export interface OpenOptions extends Pick<NbdConnectOptions, 'contexts' | 'timeoutMs' | 'signal'> {
  /** What relative socket paths refer to. */
  cwd?: string
}

/** Connects to an NBD URL. @throws NbdError */
export async function openNbd(url: string, { cwd, ...options }: OpenOptions = {}): Promise<NbdClient> {
  const { address, exportName, tls } = parseNbdUrl(url, cwd)
  return await NbdClient.connect({ ...options, address, exportName, tls: tls ? {} : null })
}

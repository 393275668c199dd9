import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { HubConfig } from '../config.ts'
import { writePrivate } from '../config-file.ts'
import { type Forward, knownHostsLine, type SshTerms, sshConfig, type TunnelFiles } from './args.ts'

/** Writes configuration and pinned host key of one tunnel into `directory` (made when missing). */
export async function writeTunnelFiles(
  directory: string,
  key: string,
  hub: HubConfig,
  forwards: readonly Forward[],
  terms: SshTerms,
): Promise<TunnelFiles> {
  const files = {
    key,
    config: path.join(directory, 'ssh_config'),
    knownHosts: path.join(directory, 'known_hosts'),
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writePrivate(files.knownHosts, knownHostsLine(hub.hostKey))
  await writePrivate(files.config, sshConfig(hub, files, forwards, terms))
  return files
}

import { NbdClient } from '#lib/nbd/client.ts'
import type { Server } from '#lib/nbd/testing/servers.ts'
import { copyDisk } from '../copy/copy-disk.ts'
import { type CopyOptions, type CopyProgress, noProgress } from '../copy/options.ts'

/** What a copy told: digests by leaf in hex, and those a flush covers. */
export interface Told {
  digests: Map<number, string>
  flushed: Map<number, string>
  flushes: number
  progress: CopyProgress
}

export interface Copying {
  source: Server
  target: Server
  sizeBytes: number
  told?: Told
  options?: Partial<CopyOptions>
}

export const nothingTold = (): Told => ({ digests: new Map(), flushed: new Map(), flushes: 0, progress: noProgress() })

export const openSourceOf = (server: Server) => () =>
  NbdClient.connect({ address: server.address, exportName: '', contexts: ['base:allocation'] })

/** Copies between two servers; what is told is kept. Throws when a leaf is told twice. */
export async function copyBetween({
  source,
  target,
  sizeBytes,
  told = nothingTold(),
  options = {},
}: Copying): Promise<Told> {
  const exportName = target.url.endsWith('disk') || target.url.includes('/disk?') ? 'disk' : ''
  await copyDisk({
    openSource: openSourceOf(source),
    openTarget: () => NbdClient.connect({ address: target.address, exportName }),
    sourceConnections: 2,
    targetConnections: 2,
    sizeBytes,
    isStored: () => false,
    digests: {
      add: (leaf, digest) => {
        if (told.digests.has(leaf)) throw new Error(`leaf ${leaf} is told twice`)
        told.digests.set(leaf, digest.toString('hex'))
      },
      addHoles: () => undefined,
    },
    onFlushed: async () => {
      told.flushes += 1
      told.flushed = new Map(told.digests)
    },
    limiter: { take: () => null },
    progress: told.progress,
    signal: new AbortController().signal,
    ...options,
  })
  return told
}

import type { Hop, ProcessState } from '#contracts/diagnosis.ts'
import { type DiskTrack, QUEUE_BYTES } from './track.ts'

/** Where bytes stop, and what says so. `sure` false: what is measured only narrows it down. */
export interface Place {
  hop: Hop
  why:
    | 'stopped'
    | 'gone'
    | 'storage'
    | 'never-connected'
    | 'disconnected'
    | 'queue'
    | 'no-queue'
    | 'unmeasured'
    | 'nothing-written'
  evidence: string[]
  sure: boolean
}

/** Less than this has only opened the connection: negotiation, no data. */
const HANDSHAKE_BYTES = 16_384

const programs: Record<Hop, string> = {
  source: 'nbdkit',
  client: 'nbdcopy',
  tunnel: 'ssh',
  export: 'qemu-nbd',
  image: 'qemu-nbd',
}

const states: Partial<Record<ProcessState, { why: Place['why']; words: string }>> = {
  gone: { why: 'gone', words: 'has ended' },
  stopped: { why: 'stopped', words: 'is stopped (state T)' },
}

/** A process of the way that stands still or has ended, whatever the others still move out of their buffers. */
export function stoppedProcess({ last }: DiskTrack): Place | null {
  for (const hop of ['export', 'tunnel', 'client', 'source'] as const) {
    const state = last.hops[hop].process
    const found = state === null ? undefined : states[state]
    if (found) return { hop, why: found.why, evidence: [`${programs[hop]} ${found.words}`], sure: true }
  }
  return null
}

function byStorage({ last }: DiskTrack): Place | null {
  if (last.hops.export.process !== 'disk') return null
  return { hop: 'image', why: 'storage', evidence: ['qemu-nbd waits for its storage (state D)'], sure: true }
}

const bytes = (value: number | null) => (value === null ? 'an unknown number of bytes' : `${value} bytes`)

function byConnection({ last, hops }: DiskTrack): Place | null {
  if (last.connections !== 0) return null
  const received = hops.tunnel.bytes ?? 0
  const evidence = [`no connection at the export; ${bytes(hops.tunnel.bytes)} have reached it since the copy began`]
  const waiting = last.hops.client.waiting
  if (received > HANDSHAKE_BYTES) return { hop: 'tunnel', why: 'disconnected', evidence, sure: true }
  if (waiting !== null && waiting > 0)
    return {
      hop: 'tunnel',
      why: 'never-connected',
      evidence: [...evidence, `${waiting} bytes wait at the client`],
      sure: true,
    }
  return { hop: 'client', why: 'never-connected', evidence, sure: last.hops.client.process !== null }
}

/**
 * Names the first hop where bytes stop, for a disk on which nothing moves. Every hop behind it is silent, too, so the
 * place is read from the queues between them: bytes wait before the hop that does not take them, none wait behind it.
 */
export function locate(disk: DiskTrack): Place {
  const sure = stoppedProcess(disk) ?? byStorage(disk) ?? byConnection(disk)
  if (sure) return sure
  const { client, tunnel } = disk.last.hops
  if (tunnel.waiting !== null && tunnel.waiting >= QUEUE_BYTES)
    return {
      hop: 'export',
      why: 'queue',
      evidence: [`${tunnel.waiting} bytes wait in the hub's sockets, and qemu-nbd does not take them`],
      sure: true,
    }
  if (client.waiting !== null && client.waiting >= QUEUE_BYTES) {
    const evidence = [`${client.waiting} bytes wait at the client's socket, and do not come out of the tunnel`]
    return { hop: 'tunnel', why: 'queue', evidence, sure: tunnel.waiting !== null }
  }
  if (client.waiting === null) {
    // From the hub alone: a connection that never wrote is told from one that did and stopped.
    const received = disk.hops.tunnel.bytes
    const wrote = received === null || received > HANDSHAKE_BYTES
    return {
      hop: 'tunnel',
      why: wrote ? 'unmeasured' : 'nothing-written',
      evidence: [
        wrote ? 'nothing waits at the hub' : `connected to the export; ${bytes(received)} have come, no data`,
        'the appliance’s side cannot be measured',
      ],
      sure: false,
    }
  }
  const evidence = ['no bytes wait anywhere behind the source', `${bytes(disk.hops.source.bytes)} were read from it`]
  return { hop: 'source', why: 'no-queue', evidence, sure: true }
}

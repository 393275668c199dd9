import type { Hop, ProcessState } from '#contracts/diagnosis.ts'
import { type DiskTrack, QUEUE_BYTES } from './track.ts'
import { programs } from './words.ts'

/** Where bytes stop, and what says so. `sure` false: what is measured only narrows it down. */
export interface Place {
  hop: Hop
  why:
    | 'stopped'
    | 'gone'
    | 'storage'
    | 'never-connected'
    | 'disconnected'
    | 'no-greeting'
    | 'queue'
    | 'no-queue'
    | 'client-silent'
    | 'unmeasured'
    | 'unreadable'
    | 'nothing-written'
  evidence: string[]
  sure: boolean
  /** Likelier than what the hop stops for in general. */
  causes?: string[]
}

/** Less than this has only opened the connection: negotiation, no data. */
export const HANDSHAKE_BYTES = 16_384
/** Who was greeted sends more: flags and one option (NBD protocol). The kernel counts the SYN as one acknowledged byte. */
const LEAST_HANDSHAKE_BYTES = 20

const states: Partial<Record<ProcessState, { why: Place['why']; words: string }>> = {
  gone: { why: 'gone', words: 'has ended' },
  stopped: { why: 'stopped', words: 'is stopped (state T)' },
}

/** A process of the way that stands still or has ended, whatever the others still move out of their buffers. */
export function stoppedProcess({ last }: DiskTrack): Place | null {
  for (const hop of ['export', 'tunnel', 'client', 'source'] as const) {
    const state = last.hops[hop].process
    const found = state === null ? undefined : states[state]
    if (found) return { hop, why: found.why, evidence: [`${programs[hop].name} ${found.words}`], sure: true }
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

/** The kernel has taken the connection, and qemu-nbd has not: it would have been answered by the client. */
function byGreeting({ last, hops }: DiskTrack): Place | null {
  // Of a client that is not heard of it could not be told whether it was greeted.
  if (!last.connections || last.hops.client.waiting === null) return null
  // What the export received may be another client's, who took its place: then only the copier knows that it sent nothing.
  const unsaid = hops.client.bytes !== null && hops.client.bytes < LEAST_HANDSHAKE_BYTES
  if (hops.tunnel.bytes !== 0 && !unsaid) return null
  return {
    hop: 'export',
    why: 'no-greeting',
    evidence: [
      `${last.connections} ${last.connections === 1 ? 'client is' : 'clients are'} connected, and the export has not said a word to the copier`,
    ],
    sure: true,
    causes: ['The export takes a limited number of clients, and others hold it (page Exports & tunnels).'],
  }
}

/**
 * Where it is when the client tells nothing: a client that is silent while its appliance answers is the place itself.
 * @param heartbeat  seconds since the appliance was heard of; null: it is out of reach; undefined: not asked
 * @returns null while that cannot be told yet
 */
function bySilence({ hops }: DiskTrack, still: number, heartbeat: number | null | undefined): Place | null {
  // From the hub alone: a connection that never wrote is told from one that did and stopped.
  const received = hops.tunnel.bytes
  const wrote = received === null || received > HANDSHAKE_BYTES
  const evidence = [
    wrote ? 'nothing waits at the hub' : `connected to the export; ${bytes(received)} have come, no data`,
    'the appliance’s side cannot be measured',
  ]
  const narrowed = { hop: 'tunnel', why: wrote ? 'unmeasured' : 'nothing-written', sure: false } as const
  if (heartbeat === undefined) return { ...narrowed, evidence }
  if (heartbeat === null) return { ...narrowed, evidence: [...evidence, 'the appliance is out of reach'] }
  if (heartbeat >= AWAY_S)
    return { ...narrowed, evidence: [...evidence, `the appliance was not heard of for ${Math.round(heartbeat)} s`] }
  if (heartbeat > still - BEAT_S) return null
  return {
    hop: 'client',
    why: 'client-silent',
    evidence: ['the backup client says nothing', `the appliance answers (${Math.round(heartbeat)} s ago)`],
    sure: true,
    causes: ['The backup client is stopped, or starved of CPU or memory.'],
  }
}

/** The client is heard, and cannot look into its sockets: ss is not there, or fails. */
function unreadable({ last: { hops } }: DiskTrack): Place | null {
  if (hops.client.process === null && hops.source.process === null) return null
  const evidence = ['nothing waits at the hub', 'the sockets of the appliance cannot be read']
  const causes = ['ss (the package iproute2) is not installed on the appliance, or fails.']
  return { hop: 'tunnel', why: 'unreadable', evidence, sure: false, causes }
}

/** Heartbeats come every 2 s: one that is later than this after the last byte was sent after it. */
const BEAT_S = 1.5
/** Two heartbeats were missed. */
export const AWAY_S = 5

/**
 * Names the first hop where bytes stop, for a disk on which nothing moves. Every hop behind it is silent, too, so the
 * place is read from the queues between them: bytes wait before the hop that does not take them, none wait behind it.
 * @param still      seconds since anything moved
 * @param heartbeat  see {@link bySilence}
 * @returns null while it cannot be told yet
 */
export function locate(disk: DiskTrack, still: number, heartbeat?: number | null): Place | null {
  const { client, tunnel } = disk.last.hops
  const seen = stoppedProcess(disk) ?? byStorage(disk)
  if (seen) return seen
  // A copier that has ended takes its connections with it, and a silent client does not tell of it.
  const silent = client.waiting === null ? (unreadable(disk) ?? bySilence(disk, still, heartbeat)) : undefined
  if (silent === null || silent?.sure) return silent
  const sure = byConnection(disk) ?? byGreeting(disk)
  if (sure) return sure
  if (tunnel.waiting !== null && tunnel.waiting >= QUEUE_BYTES)
    return {
      hop: 'export',
      why: 'queue',
      evidence: [`${tunnel.waiting} bytes wait in the hub's sockets, and qemu-nbd does not take them`],
      sure: true,
    }
  if (client.waiting !== null && client.waiting >= QUEUE_BYTES) {
    const evidence = [`${client.waiting} bytes wait at the client, and do not come out of the tunnel`]
    return { hop: 'tunnel', why: 'queue', evidence, sure: tunnel.waiting !== null }
  }
  if (silent) return silent
  const evidence = ['no bytes wait anywhere behind the source', `${bytes(disk.hops.source.bytes)} were read from it`]
  if (disk.last.hops.source.process === 'disk') evidence.push('nbdkit waits for its storage (state D)')
  return { hop: 'source', why: 'no-queue', evidence, sure: true }
}

import type { Hop } from '#contracts/diagnosis.ts'
import type { Place } from './locate.ts'

export interface HopWords {
  /** What a person calls it, in the middle of a sentence. */
  name: string
  causes: readonly string[]
  /** The next command, with where it is typed. */
  next: string
}

/** What people are told about a hop that holds bytes up. */
export const hopWords: Record<Hop, HopWords> = {
  source: {
    name: 'the source',
    causes: [
      'The storage of the source does not answer (disk, array, network share, datastore).',
      'The hypervisor or image server that nbdkit reads from is overloaded or stopped.',
    ],
    next: 'On the appliance: ps -C nbdkit -o pid,stat,wchan:20,args; then read a block of the source yourself.',
  },
  client: {
    name: 'the backup client',
    causes: [
      'The client did not start, or ended.',
      'The transfer process is stopped or starved of CPU or memory on the appliance.',
    ],
    next: 'On the appliance: ps -eo pid,stat,args | grep "[s]endense-appliance transfer"',
  },
  tunnel: {
    name: 'the tunnel',
    causes: [
      'The network between appliance and hub drops packets or is cut.',
      'ssh or sshd is stopped, or the forward leads to another port.',
      'A firewall between them forgot the connection.',
    ],
    next: 'On the appliance: ss -tinop | grep -A1 ssh; on the hub: ss -tinop | grep -A1 sshd',
  },
  export: {
    name: 'the export',
    causes: ['qemu-nbd is stopped, or starved of CPU.', 'The storage under the image answers slowly.'],
    next: 'On the hub: ps -C qemu-nbd -o pid,stat,wchan:20,args',
  },
  image: {
    name: 'the repository’s storage',
    causes: [
      'The disk under the repository does not answer, or a network mount hangs.',
      'The repository is full or read-only.',
    ],
    next: 'On the hub: df -h; dmesg --level=err,warn | tail',
  },
}

/** Whose state a hop's is, and where it runs. */
export const programs: Record<Hop, { name: string; host: 'appliance' | 'hub' }> = {
  source: { name: 'nbdkit', host: 'appliance' },
  client: { name: 'the transfer process', host: 'appliance' },
  tunnel: { name: 'ssh', host: 'appliance' },
  export: { name: 'qemu-nbd', host: 'hub' },
  image: { name: 'qemu-nbd', host: 'hub' },
}

/** The next command for a place; one that is stopped is let go on. */
export function nextOf({ hop, why }: Place): string {
  const { name, host } = programs[hop]
  if (why !== 'stopped') return hopWords[hop].next
  const look = hop === 'client' ? 'pgrep -af "[s]endense-appliance transfer"' : `ps -C ${name} -o pid,stat,args`
  return `On the ${host}: ${look}; kill -CONT the pid with state T`
}

const whys: Record<Exclude<Place['why'], 'stopped'>, (name: string) => string> = {
  gone: (name) => `${name} has ended`,
  storage: (name) => `${name} does not answer`,
  'never-connected': (name) => `no connection has reached the export: look at ${name}`,
  disconnected: (name) => `${name} has lost its connection to the export`,
  queue: (name) => `${name} does not take the bytes that wait for it`,
  'no-greeting': (name) => `${name} took the connection and has not said a word`,
  'client-silent': (name) => `${name} says nothing, though its appliance answers`,
  'no-queue': (name) => `${name} gives no bytes`,
  'nothing-written': () =>
    'a client is connected to the export and has written nothing; the appliance does not answer, so it cannot be told why',
  unreadable: (name) =>
    `the bytes stop at ${name} or before it; the appliance cannot look into its sockets, so it cannot be told where`,
  unmeasured: (name) =>
    `the bytes stop at ${name} or before it; the appliance does not answer, so it cannot be told where`,
}

/**
 * `Nothing has moved for 40 s: the tunnel does not take the bytes that wait for it.`
 * @param readsOn  something before the place still moves
 */
export function stalledSentence(place: Place, seconds: number, readsOn: boolean): string {
  // What it took before may still be on its way behind it.
  if (place.why === 'stopped')
    return `${hopWords[place.hop].name} is stopped, and has moved nothing for ${Math.round(seconds)} s.`
  return `Nothing has ${readsOn ? 'gone through' : 'moved'} for ${Math.round(seconds)} s: ${whys[place.why](hopWords[place.hop].name)}.`
}

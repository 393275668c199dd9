import { bendTransfer } from '../../bent-transfers.ts'
import type { Heal } from '../fault.ts'
import { signal } from '../find.ts'
import { BRISK, PACE } from './lab.ts'
import type { LabelledFault, Trial } from './label.ts'
import { calm } from './none.ts'

/** What serves the disk to the appliance stands still; every process of ours runs. */
async function stopServer({ arranged }: Trial): Promise<Heal | null> {
  const pid = arranged.slow?.pid ?? 0
  if (!signal(pid, 'SIGSTOP')) return null
  return async () => void signal(pid, 'SIGCONT')
}

/** Not a word about what is allocated for as long as `seconds`: longer or shorter than the phase's budget. */
const quiet = (seconds: number): NonNullable<LabelledFault['arrange']> => {
  return (lab, name) => lab.serve(name, lab.disks.whole, BRISK, [`delay-extents=${seconds}`])
}

/** @param querySeconds how long the allocation query of each is, under and over the budget of the state it is asked in */
export const sourceFaults = (querySeconds: { normal: number; long: number }): readonly LabelledFault[] => [
  {
    name: 'source stalls',
    hop: 'source',
    kinds: ['stalled'],
    says: /no bytes wait/,
    remedy: /storage of the source/,
    when: 'copy',
    inject: stopServer,
    ends: 'completed',
  },
  {
    name: 'source errors',
    hop: 'source',
    kinds: ['dead'],
    says: /Input\/output error/,
    remedy: /bad blocks/,
    when: 'copy',
    inject: async ({ arranged }) => {
      await arranged.slow?.breakReads()
      return async () => undefined
    },
    ends: 'failed',
  },
  {
    name: 'source slow',
    hop: 'source',
    kinds: ['slow'],
    says: /KiB\/s/,
    remedy: /storage of the source|overloaded/,
    arrange: (lab, name) => lab.serve(name, lab.disks.scattered, PACE),
    when: 'copy',
    inject: async ({ arranged }) => {
      await arranged.slow?.setRate('1M')
      return async () => undefined
    },
    ends: 'completed',
  },
  {
    ...calm,
    name: 'disk at its last byte (no fault)',
    arrange: (lab, name) => lab.serve(name, lab.disks.whole, BRISK),
    when: 'before',
    // Everything is written and flushed, and the transfer process does not end for a while.
    inject: ({ lab, name }) => bendTransfer(lab.directory, name, `lingers ${querySeconds.normal}`),
  },
  { ...calm, name: 'allocation query quiet (no fault)', arrange: quiet(querySeconds.normal), when: 'start' },
  {
    name: 'allocation query too long',
    hop: 'source',
    kinds: ['slow', 'stalled'],
    says: /allocat/,
    remedy: /nbdkit/,
    arrange: quiet(querySeconds.long),
    when: 'start',
    ends: 'cancelled',
  },
]

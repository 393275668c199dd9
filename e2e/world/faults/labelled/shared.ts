import pg from 'pg'
import { PACE } from './lab.ts'
import type { LabelledFault, Trial } from './label.ts'

const network = ({ lab }: Trial) => {
  if (!lab.stack.network) throw new Error('the stack has no network of its own')
  return lab.stack.network
}

/** No row of figures can be written any more; whoever reads is not held up. */
async function lockFigures({ lab }: Trial): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: lab.stack.variables.DATABASE_URL })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE job_disks, job_samples IN EXCLUSIVE MODE')
  return () => client.end()
}

/** Faults of what every backup of a stack goes through: one at a time, and nothing beside them. */
export const sharedFaults: readonly LabelledFault[] = [
  {
    name: 'tunnel black-holed',
    hop: 'tunnel',
    kinds: ['stalled', 'cannot-tell'],
    says: /tunnel|appliance/,
    remedy: /drops packets or is cut|ss -tino/,
    when: 'copy',
    inject: async (trial) => {
      await network(trial).cut()
      return () => network(trial).mend()
    },
    ends: 'completed',
    alone: true,
  },
  {
    name: 'tunnel lossy',
    hop: 'tunnel',
    kinds: ['slow', 'stalled'],
    says: /tunnel/,
    remedy: /drops packets/,
    arrange: (lab, name) => lab.serve(name, lab.disks.scattered, PACE),
    when: 'copy',
    inject: async (trial) => {
      // A queue of two packets: most of a burst is thrown away.
      await network(trial).shape({ bitsPerSecond: 2_500_000, queueBytes: 3_200 })
      return () => network(trial).shape(null)
    },
    ends: 'completed',
    alone: true,
  },
  {
    name: 'database slow',
    hop: null,
    kinds: ['cannot-tell'],
    says: /figures|measured/,
    remedy: /[Dd]atabase|PostgreSQL/,
    arrange: (lab, name) => lab.serve(name, lab.disks.whole, PACE),
    when: 'copy',
    inject: lockFigures,
    ends: 'completed',
    alone: true,
    shown: true,
  },
]

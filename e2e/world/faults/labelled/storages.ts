import { rm } from 'node:fs/promises'
import { BRISK, fillUp, type Lab, PACE } from './lab.ts'
import type { Arranged, LabelledFault, Trial } from './label.ts'

/** The machine goes into one of the lab's own repositories, which is the trial's alone for that time. */
function into(
  which: 'small' | 'slow',
  disk: 'whole' | 'scattered' = 'whole',
  rate = PACE,
): NonNullable<LabelledFault['arrange']> {
  return async (lab: Lab, name: string): Promise<Arranged> => {
    const repository = lab[which]
    if (!repository) throw new Error(lab.missing.join('\n'))
    const free = Promise.withResolvers<void>()
    await new Promise<void>((resolve) => {
      void repository.turn.run(() => {
        resolve()
        return free.promise
      })
    })
    const arranged = await lab.serve(name, lab.disks[disk], rate)
    return {
      ...arranged,
      repositoryId: repository.id,
      [Symbol.asyncDispose]: async () => {
        free.resolve()
        await arranged[Symbol.asyncDispose]()
      },
    }
  }
}

const storage = { when: 'copy', hop: 'image' } as const

/** Only where the lab has the repositories they need. */
export const storageFaults: readonly LabelledFault[] = [
  {
    ...storage,
    name: 'repository full',
    kinds: ['dead'],
    says: /is full/,
    remedy: /Free space/,
    arrange: into('small'),
    inject: async ({ lab }: Trial) => {
      if (!lab.small) return null
      const filler = await fillUp(lab.small.storage)
      return () => rm(filler)
    },
    ends: 'failed',
  },
  {
    ...storage,
    name: 'repository read-only',
    kinds: ['dead'],
    says: /read-only/,
    remedy: /mounted|write/,
    arrange: into('small'),
    when: 'before',
    inject: async ({ lab }: Trial) => {
      await lab.small?.storage.setReadOnly(true)
      return async () => lab.small?.storage.setReadOnly(false)
    },
    ends: 'failed',
  },
  {
    ...storage,
    name: 'repository slow',
    kinds: ['slow'],
    says: /storage sets the pace/,
    remedy: /df -h|disk under the repository/,
    arrange: into('slow', 'scattered'),
    inject: async ({ lab }: Trial) => {
      await lab.slow?.storage.setRate('2M')
      return async () => lab.slow?.storage.setRate(null)
    },
    ends: 'completed',
  },
  {
    ...storage,
    name: 'repository hangs',
    kinds: ['stalled'],
    says: /waits for its storage \(state D\)/,
    remedy: /does not answer|df -h/,
    // The kernel's cache takes all of it: the file waits for its storage when it is flushed.
    arrange: into('slow', 'whole', BRISK),
    withinMs: 500,
    inject: async ({ lab }: Trial) => {
      lab.slow?.storage.hang()
      return async () => lab.slow?.storage.goOn()
    },
    ends: 'completed',
    // Whoever writes on this machine may have to wait for a disk that hangs.
    alone: true,
  },
]

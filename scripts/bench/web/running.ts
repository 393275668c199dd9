import type { PrismaClient } from '#server/db/client.ts'
import { appendEvent } from '#server/db/events.ts'

const MIB = 1024 * 1024

/** Makes the seeded running jobs move: figures of each of them once a second, until disposed. */
export async function moveJobs(prisma: PrismaClient): Promise<{ jobs: number } & AsyncDisposable> {
  const jobs = await prisma.job.findMany({ where: { state: 'copying' }, include: { disks: true } })
  let second = 0
  let busy: Promise<unknown> = Promise.resolve()
  const tick = async () => {
    second++
    for (const { id, disks } of jobs) {
      const figures = disks.map((disk) => ({
        ...{ key: disk.key, state: 'copying' as const, note: null, bytesPerSecond: (20 + (second % 7)) * MIB },
        ...{ sizeBytes: Number(disk.sizeBytes), dataBytes: Number(disk.dataBytes ?? disk.sizeBytes) },
        ...{ readBytes: second * 25 * MIB, writtenBytes: second * 25 * MIB, sentBytes: second * 25 * MIB },
        ...{ checkedBytes: null, allocatedBytes: second * 25 * MIB },
      }))
      const rate = figures.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)
      await appendEvent(
        prisma,
        { kind: 'job.progress', disks: figures, bytesPerSecond: rate, etaSeconds: 600 - second },
        id,
      )
    }
  }
  const timer = setInterval(() => {
    busy = busy.then(tick)
  }, 1000)
  return {
    jobs: jobs.length,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await busy
    },
  }
}

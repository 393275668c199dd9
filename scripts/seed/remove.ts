import type { PrismaClient } from '#server/db/client.ts'
import { MARK } from './machines.ts'

const seededVm = { ref: { startsWith: MARK } }

/** Restore points whose files really exist: all that no seed made. */
export function countRealBackups(prisma: PrismaClient): Promise<number> {
  return prisma.backup.count({ where: { vm: { NOT: seededVm } } })
}

/** Removes what an earlier seed made, and nothing else. Repositories that came to real use stay. */
export async function removeSeeded(prisma: PrismaClient): Promise<void> {
  await prisma.$transaction(
    async (tx) => {
      await tx.$executeRaw`DELETE FROM events WHERE "jobId" IN (
        SELECT j.id FROM backup_jobs j JOIN virtual_machines v ON v.id = j."vmId" WHERE v.ref LIKE ${`${MARK}%`})`
      await tx.backup.deleteMany({ where: { vm: seededVm } })
      await tx.job.deleteMany({ where: { vm: seededVm } })
      await tx.virtualMachine.deleteMany({ where: seededVm })
      await tx.appliance.deleteMany({ where: { fingerprint: { startsWith: `SHA256:${MARK}` }, vms: { none: {} } } })
      await tx.repository.deleteMany({ where: { path: { startsWith: `/srv/${MARK}` }, jobs: { none: {} } } })
    },
    { timeout: 120_000 },
  )
}

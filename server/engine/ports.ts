import type { PrismaClient } from '../db/client.ts'
import { intend, type LedgerRow, markReleased } from '../db/resources.ts'
import { nextFreePort } from '../drivers/port/driver.ts'

/**
 * A port that neither the ledger nor the kernel has given away; on the ledger before it is used.
 * @throws ProblemError `no_free_port`
 */
export async function claimPort(
  prisma: PrismaClient,
  range: readonly [number, number],
  jobId: string | null,
): Promise<{ port: number; row: LedgerRow }> {
  const rows = new Map<number, LedgerRow>()
  const isTaken = async (port: number) => {
    const row = await intend(prisma, 'port', String(port), jobId)
    if (row) rows.set(port, row)
    return row === null
  }
  let chosen: number | null = null
  try {
    const port = await nextFreePort(range, isTaken, '127.0.0.1')
    const row = rows.get(port)
    if (!row) throw new Error(`port ${port} has no row on the ledger`)
    chosen = port
    return { port, row }
  } finally {
    for (const [tried, row] of rows) if (tried !== chosen) await markReleased(prisma, row.id)
  }
}

import { type Db, Prisma } from './client.ts'

/** No key that lives opens the port of this row. */
const noKeyOpensIt = Prisma.sql`NOT EXISTS (
  SELECT 1 FROM resources AS key
  WHERE key.kind = 'data-key' AND key.state <> 'released' AND key.data->'openPorts' @> to_jsonb(port.identity::int))`

/**
 * Gives a port back, unless a key that opens it lives: then the port stays taken until {@link releasePortsOfKey}.
 * @returns false when it stays taken
 */
export async function releasePort(db: Db, portRowId: string): Promise<boolean> {
  const left = await db.$executeRaw`
    UPDATE resources AS port SET state = 'released', "releasedAt" = now()
    WHERE port.id = ${portRowId}::uuid AND port.kind = 'port' AND port.state <> 'released' AND ${noKeyOpensIt}`
  if (left > 0) return true
  return (await db.resource.count({ where: { id: portRowId, state: { not: 'released' } } })) === 0
}

/** Gives back the ports that a key opened and that no export holds any more. Call when the key's row is released. */
export async function releasePortsOfKey(db: Db, openPorts: readonly number[]): Promise<void> {
  if (openPorts.length === 0) return
  const ports = openPorts.map(String)
  await db.$executeRaw`
    UPDATE resources AS port SET state = 'released', "releasedAt" = now()
    WHERE port.kind = 'port' AND port.state <> 'released' AND port.identity = ANY(${ports}) AND ${noKeyOpensIt}
      AND NOT EXISTS (
        SELECT 1 FROM resources AS export
        WHERE export.kind = 'export' AND export.state <> 'released' AND export.data->>'portRowId' = port.id::text)`
}

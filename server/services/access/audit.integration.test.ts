import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#e2e/world/database.ts'
import { openDatabase, type PrismaClient } from '#server/db/client.ts'
import type { AccessServices } from './api.ts'
import { createAudit } from './audit.ts'

const made = new AsyncDisposableStack()
let prisma: PrismaClient
let access: Pick<AccessServices, 'audit'>
beforeAll(async () => {
  const database = made.use(await testDatabase())
  prisma = openDatabase(database.url)
  made.defer(() => prisma.$disconnect())
  access = { audit: createAudit(prisma) }
})
afterAll(() => made.disposeAsync())

describe('the audit trail', () => {
  const note = (action: string, target: Record<string, unknown> | null = null) => ({
    ...{ userId: 'ada', who: 'ada@example.org', via: 'session' as const, token: null, address: '192.0.2.1' },
    ...{ action, target, outcome: 'done' as const, code: null },
  })

  it('grows, is found again, and nobody changes it', async () => {
    for (const action of ['backups.start', 'backups.cancel', 'people.invite'])
      await access.audit.note(note(action, { name: `50%_of ${action}` }))
    const { items, nextCursor } = await access.audit.list({ search: 'BACKUPS', limit: 1 })
    expect(items).toMatchObject([{ action: 'backups.cancel', target: { name: '50%_of backups.cancel' } }])
    const rest = await access.audit.list({ search: 'backups', cursor: nextCursor ?? undefined })
    expect(rest.items).toMatchObject([{ action: 'backups.start' }])
    expect(rest.nextCursor).toBeNull()
    expect((await access.audit.list({ search: '50%_of' })).items).toHaveLength(3)
    expect((await access.audit.list({ search: '%_invite' })).items).toHaveLength(0)
    expect((await access.audit.list({ outcome: 'refused' })).items).toHaveLength(0)
    expect((await access.audit.list({ from: new Date(Date.now() + 60_000).toISOString() })).items).toHaveLength(0)
    expect(await Array.fromAsync(access.audit.all({ search: 'ada@example.org' }))).toHaveLength(3)
    await expect(prisma.auditEntry.updateMany({ data: { who: 'nobody' } })).rejects.toThrow('append-only')
    await expect(prisma.auditEntry.deleteMany()).rejects.toThrow('append-only')
    await expect(prisma.$executeRaw`TRUNCATE "audit_entries"`).rejects.toThrow('append-only')
  })

  it('knows what the things of a page are called now, and finds them by that', async () => {
    const { id } = await prisma.repository.create({ data: { name: 'main', path: '/srv/main' } })
    const person = await prisma.user.create({ data: { id: randomUUID(), name: 'Grace', email: 'grace@example.org' } })
    const gone = randomUUID()
    await access.audit.note({ ...note('named', { repositoryId: id, vmId: gone, name: 'constructor' }), who: null })
    await access.audit.note({ ...note('named', { id: person.id }), who: null })
    const { names } = await access.audit.list({ search: 'named' })
    expect(names).toEqual({ [id]: 'main', [person.id]: person.email })
    expect((await access.audit.list({ search: 'GRACE@' })).items).toMatchObject([{ target: { id: person.id } }])
    expect((await access.audit.list({ search: 'main' })).items).toMatchObject([{ target: { repositoryId: id } }])
    const [newest, former] = (await access.audit.list({ limit: 2 })).items
    const upTo = (seq?: string) => Array.fromAsync(access.audit.all({ search: 'named' }, seq))
    expect(await upTo(newest?.seq)).toHaveLength(2)
    expect(await upTo(former?.seq)).toHaveLength(1)
    expect(await upTo('0')).toHaveLength(0)
  })

  it('is kept as long as it is said, 30 days at least', async () => {
    const old = new Date(Date.now() - 40 * 24 * 3600_000)
    await prisma.auditEntry.create({ data: { ...note('old'), target: {}, at: old } })
    expect(await access.audit.setRetention(50)).toEqual({ days: 50 })
    expect((await access.audit.list({ search: 'old' })).items).toHaveLength(1)
    await access.audit.setRetention(30)
    expect((await access.audit.list({ search: 'old' })).items).toHaveLength(0)
    expect((await access.audit.list({ search: 'ada@example.org' })).items).toHaveLength(3)
    await expect(access.audit.setRetention(29)).rejects.toThrow()
  })
})

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { PrismaClient } from '../db/client.ts'
import { initRepository, type Manifest, writeManifest } from '../drivers/repository/driver.ts'
import { commitRecord } from '../jobs/backup/commit.ts'

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

/** A hub's rows and a real repository beside them, for tests that look at files. */
export interface TestPlaces {
  applianceId: string
  repositoryId: string
  /** The repository's path. */
  root: string
}

/** One appliance, and one repository at `root` with its identity file. */
export async function makePlaces(prisma: PrismaClient, root: string, name = 'main'): Promise<TestPlaces> {
  const [applianceId, repositoryId] = [randomUUID(), randomUUID()]
  const ports = await prisma.appliance.count()
  await prisma.appliance.create({
    data: {
      ...{
        id: applianceId,
        name: `node-${ports + 1}`,
        publicKey: 'k',
        fingerprint: applianceId,
        apiPort: 9081 + ports,
      },
      ...{ apiTokenSealed: new Uint8Array(1), state: 'online' },
    },
  })
  await initRepository(root, { id: repositoryId, name })
  await prisma.repository.create({ data: { id: repositoryId, name, path: root } })
  return { applianceId, repositoryId, root }
}

export interface PointOptions {
  /** Default: the next whole second of a count, so that ids differ. */
  at?: Date
  disks?: number
  /** Without: as builds before digest maps wrote it. Default: a map whose root is the SHA-256 of its file. */
  map?: boolean
}

let seconds = 1_790_000_000

/** A finished restore point with real files, put on record by the very code that ends a backup. @returns its id and directory */
export async function makePoint(
  prisma: PrismaClient,
  { applianceId, repositoryId, root }: TestPlaces,
  vm: { id: string; name: string; slug: string },
  { at = new Date(seconds++ * 1000), disks = 2, map = true }: PointOptions = {},
): Promise<{ id: string; directory: string }> {
  const id = `backup-${vm.slug}-${Math.floor(at.getTime() / 1000)}`
  const directory = path.join(root, vm.slug, id)
  await mkdir(directory, { recursive: true })
  const proof = {
    ...{ copierExit: 0 as const, sameExportProcess: true, checkClean: true, sizeBytes: 4096, dataBytes: 0 },
    ...{ accountedBytes: 0, verifiedZeroBytes: 0, allocatedBytes: 0, at: at.toISOString() },
  }
  const listed: Manifest['disks'] = []
  for (let key = 2000; key < 2000 + disks; key++) {
    await writeFile(path.join(directory, `disk-${key}.qcow2`), Buffer.alloc(128 * 1024, key % 251))
    const bytes = Buffer.from(`the map of ${id} ${key}`)
    if (map) await writeFile(path.join(directory, `disk-${key}.map`), bytes)
    listed.push({
      ...{ key, label: `disk ${key}`, sizeBytes: 128 * 1024, image: `disk-${key}.qcow2`, allocatedBytes: 4096, proof },
      ...(map ? { digest: { map: `disk-${key}.map`, root: sha256(bytes), bytes: bytes.length } } : {}),
    })
  }
  const job = await prisma.job.create({
    data: {
      ...{ vmId: vm.id, applianceId, repositoryId, backupId: id, type: 'full', state: 'committing', createdAt: at },
      disks: { create: listed.map(({ key, label }) => ({ key, label, sizeBytes: 4096n })) },
    },
    include: { vm: { include: { disks: true } }, appliance: true, repository: true, disks: true },
  })
  const manifest: Manifest = {
    ...{ format: 1, backupId: id, type: 'full', jobId: job.id, repositoryId, disks: listed },
    vm: { ...vm, source: 's', ref: vm.name },
    appliance: { id: applianceId, name: 'node-1' },
    ...{ takenAt: at.toISOString(), createdAt: at.toISOString() },
  }
  await writeManifest(directory, manifest)
  await commitRecord(prisma, job, manifest)
  return { id, directory }
}

export async function makeMachine(prisma: PrismaClient, { applianceId }: TestPlaces, name: string) {
  const data = { applianceId, sourceName: 's', sourceKind: 'image', ref: name, name, slug: name }
  return prisma.virtualMachine.create({ data, select: { id: true, name: true, slug: true } })
}

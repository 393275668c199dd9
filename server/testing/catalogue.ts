import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buildMap } from '#lib/digests/build.ts'
import { DigestLogWriter } from '#lib/digests/log.ts'
import type { PrismaClient } from '../db/client.ts'
import { initRepository, type Manifest, writeManifest } from '../drivers/repository/driver.ts'
import { commitRecord } from '../jobs/backup/commit.ts'

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
}

const SIZE = 128 * 1024

/** The map of a disk of two leaves, by the code that makes every map. */
async function makeMap(directory: string, key: number, content: string) {
  const [logFile, mapFile] = ['digests', 'map'].map((end) => path.join(directory, `disk-${key}.${end}`))
  if (!logFile || !mapFile) throw new Error('no name')
  const log = new DigestLogWriter(logFile)
  for (const leaf of [0, 1]) log.add(leaf, createHash('sha256').update(`${content} ${leaf}`).digest())
  await log.flush()
  await log.close()
  const summary = await buildMap({ logFile, mapFile, sizeBytes: SIZE, sectors: { logical: 512, physical: null } })
  await rm(logFile)
  return summary
}

let seconds = 1_790_000_000

/** A finished restore point with real files, put on record by the very code that ends a backup. @returns its id and directory */
export async function makePoint(
  prisma: PrismaClient,
  { applianceId, repositoryId, root }: TestPlaces,
  vm: { id: string; name: string; slug: string },
  { at = new Date(seconds++ * 1000), disks = 2 }: PointOptions = {},
): Promise<{ id: string; directory: string }> {
  const id = `backup-${vm.slug}-${Math.floor(at.getTime() / 1000)}`
  const directory = path.join(root, vm.slug, id)
  await mkdir(directory, { recursive: true })
  const listed: Manifest['disks'] = []
  for (let key = 2000; key < 2000 + disks; key++) {
    await writeFile(path.join(directory, `disk-${key}.qcow2`), Buffer.alloc(128 * 1024, key % 251))
    const { root: mapRoot, mapBytes } = await makeMap(directory, key, `${id} ${key}`)
    const proof = {
      ...{ sizeBytes: SIZE, leaves: 2, hashedLeaves: 2, hashedBytes: SIZE, zeroLeaves: 0, zeroBytes: 0, holeLeaves: 0 },
      ...{ holeBytes: 0, readBackLeaves: 2, readBackBytes: SIZE, differing: 0 as const, pastPageCache: true },
      ...{ checkClean: true as const, sameExportProcess: true, mapRoot, mapBytes, allocatedBytes: 4096 },
      at: at.toISOString(),
    }
    listed.push({
      ...{ key, label: `disk ${key}`, sizeBytes: SIZE, image: `disk-${key}.qcow2`, allocatedBytes: 4096, proof },
      ...{ digest: { map: `disk-${key}.map`, root: mapRoot, bytes: mapBytes }, format: 'raw', notes: [] },
      ...{ stateFixedBy: 'unchanged', stateNote: '', sectors: { logical: 512, physical: null } },
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

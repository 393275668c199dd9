import path from 'node:path'
import { unprovedBecause } from '../../domain/catalogue/judge.ts'
import { backupPaths, imageFacts, type Manifest, manifestSha256 } from '../../drivers/repository/driver.ts'

/** Columns of a restore point that say what was committed, and how it stands by that. */
export interface CommittedFacts {
  point: {
    state: 'ok' | 'unproved'
    reason: string | null
    lookedAt: Date
    mapLookedAt: Date | null
    manifestSha256: string | null
  }
  disk(key: number): {
    imageBytes?: bigint
    imageMtimeNs?: string
    imageCtimeNs?: string
    imageInode?: string
    mapRoot?: string
    mapBytes?: bigint
  }
}

/**
 * What the files of a backup are when its record is made, right after the rename: later looks are held against this. Never
 * throws: what could not be asked is not on record, and the point is `unproved` for it.
 */
export async function committedFacts(
  repositoryPath: string,
  vmSlug: string,
  manifest: Manifest,
): Promise<CommittedFacts> {
  const { final } = backupPaths(repositoryPath, vmSlug, manifest.backupId)
  const now = new Date()
  const sha256 = await manifestSha256(final).catch(() => null)
  const rows = await Promise.all(
    manifest.disks.map(async ({ key, image, digest }) => {
      const facts = await imageFacts(path.join(final, image)).catch(() => null)
      return [key, { facts, digest: digest ?? null }] as const
    }),
  )
  const disks = new Map(rows)
  const mapped = rows.every(([, { digest }]) => digest !== null)
  const lacks = unprovedBecause({
    manifestSha256: sha256,
    disks: rows.map(([key, { facts, digest }]) => ({ key, facts, map: digest })),
  })
  return {
    point: {
      state: lacks === null ? 'ok' : 'unproved',
      reason: lacks,
      lookedAt: now,
      // Its root was computed by the run that ends here.
      mapLookedAt: mapped ? now : null,
      manifestSha256: sha256,
    },
    disk(key) {
      const { facts = null, digest = null } = disks.get(key) ?? {}
      return {
        ...(facts && {
          imageBytes: BigInt(facts.bytes),
          imageMtimeNs: facts.mtimeNs,
          imageCtimeNs: facts.ctimeNs,
          imageInode: facts.inode,
        }),
        ...(digest && { mapRoot: digest.root, mapBytes: BigInt(digest.bytes) }),
      }
    },
  }
}

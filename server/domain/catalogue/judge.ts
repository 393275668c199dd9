import type { ExpectedDisk, ExpectedPoint, ImageFacts, Seen, SeenDisk, SeenPoint, Verdict } from '#contracts/look.ts'

/** Differences that a reason names; the rest is counted. */
const NAMED = 5
const REASON_CHARS = 1000

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
/** The digest map's file, beside the image: `disk-2000.qcow2` → `disk-2000.map`. */
export const mapPathOf = (imagePath: string) => imagePath.replace(/(\.qcow2)?$/, '.map')

function moment(ns: string): string {
  const ms = Number(BigInt(ns) / 1_000_000n)
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : 'an unknown time'
}

interface Findings {
  missing: string[]
  altered: string[]
  refused: string[]
}

/** Sorts an answer; hands on what was found. */
function take<T>(answer: Seen<T>, what: string, into: Findings): T | undefined {
  if ('found' in answer) return answer.found
  if ('gone' in answer) into.missing.push(`${what} is gone`)
  else into.refused.push(`${what}: ${answer.refused}`)
  return undefined
}

/** What differs between the image's file and the one that was committed. Pure. */
export function imageDifference(expected: ImageFacts, seen: ImageFacts): string | null {
  if (seen.bytes !== expected.bytes) return `has ${seen.bytes} bytes instead of ${expected.bytes}`
  if (seen.inode !== expected.inode)
    return `is another file than the one committed (changed at ${moment(seen.ctimeNs)})`
  if (seen.mtimeNs !== expected.mtimeNs) return `was written at ${moment(seen.mtimeNs)}`
  if (seen.ctimeNs !== expected.ctimeNs)
    return `was written, moved or given other rights at ${moment(seen.ctimeNs)}, with its time of writing put back or kept`
  return null
}

function judgeManifest(expected: ExpectedPoint, seen: NonNullable<SeenPoint['manifest']>, into: Findings): void {
  const manifest = take(seen, 'manifest.json', into)
  if (!manifest) return
  const { says, sha256 } = manifest
  const wrong = (words: string) => into.altered.push(`manifest.json ${words}`)
  if (says === null) return void wrong('cannot be understood')
  if (says.backupId !== expected.id || says.jobId !== expected.jobId || says.repositoryId !== expected.repositoryId)
    return void wrong(`belongs to ${says.backupId === expected.id ? 'another run or repository' : says.backupId}`)
  const disks = new Map(says.disks.map((disk) => [disk.key, disk]))
  if (disks.size !== expected.disks.length || says.disks.length !== expected.disks.length)
    return void wrong(`names ${says.disks.length} disks instead of ${expected.disks.length}`)
  for (const { key, sizeBytes, imagePath, map } of expected.disks) {
    const disk = disks.get(key)
    if (!disk) wrong(`has no disk ${key}`)
    else if (disk.sizeBytes !== sizeBytes) wrong(`gives disk ${key} ${disk.sizeBytes} bytes instead of ${sizeBytes}`)
    else if (disk.image !== nameOf(imagePath)) wrong(`names another image for disk ${key}`)
    else if ((map?.root ?? null) !== disk.root) wrong(`has another root of the digest map of disk ${key}`)
  }
  if (expected.manifestSha256 !== null && sha256 !== expected.manifestSha256) wrong('was edited')
}

function judgeDisk(expected: ExpectedDisk, seen: SeenDisk, into: Findings): void {
  const image = nameOf(expected.imagePath)
  const file = take(seen.image, image, into)
  if (file === null) into.altered.push(`${image} is not a file`)
  else if (file && expected.facts) {
    const difference = imageDifference(expected.facts, file)
    if (difference) into.altered.push(`${image} ${difference}`)
  }
  if (!expected.map || !seen.map) return
  const map = nameOf(mapPathOf(expected.imagePath))
  const bytes = take(seen.map, map, into)
  if (bytes === null) into.altered.push(`${map} is not a file`)
  else if (bytes !== undefined && bytes !== expected.map.bytes)
    into.altered.push(`${map} has ${bytes} bytes instead of ${expected.map.bytes}`)
}

/** @returns differences of the roots, and why one could not be computed */
function judgeRoots(expected: ExpectedPoint, seen: SeenPoint): Findings {
  const into: Findings = { missing: [], altered: [], refused: [] }
  for (const disk of expected.disks) {
    const root = seen.disks.find(({ key }) => key === disk.key)?.root
    if (!disk.map || !root) continue
    const map = nameOf(mapPathOf(disk.imagePath))
    const computed = take(root, map, into)
    if (computed?.startsWith('!')) into.altered.push(`${map} is no sound map: ${computed.slice(1)}`)
    else if (computed !== undefined && computed !== disk.map.root)
      into.altered.push(`the root of ${map} is ${computed.slice(0, 16)}… instead of ${disk.map.root.slice(0, 16)}…`)
  }
  return into
}

function words(list: readonly string[]): string {
  const more = list.length > NAMED ? [`and ${list.length - NAMED} more`] : []
  return [...list.slice(0, NAMED), ...more].join('; ').slice(0, REASON_CHARS)
}

/** Why a point that shows no difference is still not ok; null: it is. Pure. */
export function unprovedBecause({
  disks,
  manifestSha256,
}: {
  disks: readonly Pick<ExpectedDisk, 'key' | 'facts' | 'map'>[]
  manifestSha256: string | null
}): string | null {
  const without = disks.filter(({ map }) => map === null).map(({ key }) => key)
  if (without.length > 0) return `no digest map of disk ${without.slice(0, NAMED).join(', ')}`
  const unknown = manifestSha256 === null || disks.some(({ facts }) => facts === null) || disks.length === 0
  return unknown ? 'what was committed is not on record, so a change cannot be seen' : null
}

/**
 * What one look says of a restore point. A difference outweighs what could not be asked; what could not be asked outweighs
 * that nothing differs. A map that could not be computed leaves the files' verdict as it is. Pure.
 */
export function judge(expected: ExpectedPoint, seen: SeenPoint): Verdict {
  const files: Findings = { missing: [], altered: [], refused: [] }
  if (take(seen.directory, `the directory ${expected.directory}`, files)) {
    if (seen.manifest) judgeManifest(expected, seen.manifest, files)
    else files.refused.push('manifest.json: not asked')
    for (const disk of expected.disks) {
      const found = seen.disks.find(({ key }) => key === disk.key)
      if (found) judgeDisk(disk, found, files)
      else files.refused.push(`${nameOf(disk.imagePath)}: not asked`)
    }
  }
  const roots = judgeRoots(expected, seen)
  const asked = seen.disks.some(({ root }) => root !== null)
  const mapped = expected.disks.length > 0 && expected.disks.every(({ map }) => map !== null)
  const computed = seen.disks.filter(({ root }) => root !== null && 'found' in root).length
  const mapLooked = mapped && computed === expected.disks.length
  const seenIn = mapLooked || roots.altered.length > 0 ? 'map' : 'files'
  const none = { seenIn, mapLooked, notLooked: null } as const
  const differences = [...files.missing, ...files.altered, ...roots.missing, ...roots.altered]
  if (roots.altered.length + files.altered.length > 0)
    return { ...none, state: 'damaged', reason: words(differences), seenIn: roots.altered.length > 0 ? 'map' : 'files' }
  if (differences.length > 0) return { ...none, seenIn: 'files', state: 'missing', reason: words(differences) }
  if (files.refused.length > 0) return { ...none, state: null, reason: null, notLooked: words(files.refused) }
  const notLooked = asked && roots.refused.length > 0 ? words(roots.refused) : null
  const lacks = unprovedBecause(expected)
  return { ...none, state: lacks === null ? 'ok' : 'unproved', reason: lacks, notLooked }
}

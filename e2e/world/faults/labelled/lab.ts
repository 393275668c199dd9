import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import type { Thresholds } from '#contracts/thresholds.ts'
import type { JobSummary, VmView } from '#contracts/views.ts'
import { Mutex } from '#lib/async/mutex.ts'
import { makeRawDisk, type RawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { removeImageVm } from '../../appliance.ts'
import { bentTransfers } from '../../bent-transfers.ts'
import { mountSmallDisk, type SmallDisk, whyNoMount } from '../../mount.ts'
import { otherClock } from '../../other-clock.ts'
import { installShims, type Shims } from '../../shims.ts'
import { serveSlowly } from '../../slow-source.ts'
import { mountSlowStorage, type SlowStorage, whyNoSlowStorage } from '../../slow-storage.ts'
import type { Stack } from '../../stack.ts'
import type { Arranged } from './label.ts'

const KIB = 1024
const MIB = 1024 * KIB
export const KEY = 2000

/** A repository whose storage a trial breaks; one trial at a time. */
export interface LabRepository<T> {
  id: string
  path: string
  storage: T
  turn: Mutex
}

/** A stack, with all that trials share. Its appliance runs with {@link labAppliance}. */
export interface Lab {
  stack: Stack
  directory: string
  shims: Shims
  /** Random data in one piece; scattered, so that it is read in small requests; none at all. */
  disks: { whole: RawDisk; scattered: RawDisk; empty: RawDisk }
  /** On a tmpfs; null: see `missing`. */
  small: LabRepository<SmallDisk> | null
  slow: LabRepository<SlowStorage> | null
  repositoryPath(id: string): string
  /** What this machine does not allow, and why. */
  missing: string[]
  /** One machine, one backup: asked for one after another, because the appliance's settings are one file. */
  backUp(name: string, arranged: Arranged): Promise<{ vm: VmView; job: JobSummary }>
  /** Its machine is gone from the appliance's settings, so that no later question for the inventory asks its dead source. */
  forget(name: string): Promise<void>
  /** A disk served at a pace, in bits per second for each connection; null: as fast as it can. */
  serve(name: string, disk: RawDisk, rate: string | null, delays?: readonly string[]): Promise<Arranged>
}

/** Seconds instead of minutes, so that a suite need not wait; phases that are not tried keep room for a busy machine. */
export const shortLimits: Thresholds = {
  queued: { softSeconds: 25, hardSeconds: 40 },
  planned: { softSeconds: 30, hardSeconds: 40 },
  preparing: { softSeconds: 40, hardSeconds: 60 },
  copying: { softSeconds: 2, hardSeconds: 4 },
  flushing: { softSeconds: 30, hardSeconds: 40 },
  checking: { softSeconds: 30, hardSeconds: 40 },
  committing: { softSeconds: 30, hardSeconds: 40 },
  slowBytesPerSecond: 384 * 1024,
}

/** How fast a healthy machine of a trial is: some MiB a second. */
export const PACE = '10M'
/** For what must run for a while, and no longer. */
export const BRISK = '40M'

async function makeDisks(directory: string, dataMib: number) {
  const at = (name: string) => path.join(directory, `${name}.raw`)
  const bytes = dataMib * MIB
  const scattered = Array.from({ length: (bytes / 64 / KIB) | 0 }, (_, index) => ({
    ...{ kind: 'random' as const, offset: index * 256 * KIB, length: 64 * KIB },
  }))
  const [whole, spread, empty] = await Promise.all([
    makeRawDisk(at('whole'), {
      sizeBytes: 2 * bytes,
      extents: [{ kind: 'random', offset: MIB, length: bytes }],
      seed: 'whole',
    }),
    makeRawDisk(at('scattered'), { sizeBytes: 4 * bytes, extents: scattered, seed: 'scattered' }),
    makeRawDisk(at('empty'), { sizeBytes: 64 * MIB, extents: [] }),
  ])
  return { whole, scattered: spread, empty }
}

/** What the appliance of a lab is started with: a clock that is that many seconds ahead, and transfer processes that can be bent. */
export async function labAppliance(directory: string, seconds: number): Promise<Record<string, string>> {
  const { NODE_OPTIONS } = await otherClock(directory, seconds)
  return { NODE_OPTIONS: `${NODE_OPTIONS} --require=${await bentTransfers(directory)}` }
}

/** Prepares a stack for trials. Disposing `made` undoes it. */
export async function openLab(stack: Stack, directory: string, made: AsyncDisposableStack, dataMib = 16): Promise<Lab> {
  const shims = await installShims(stack.root)
  await stack.services.settings.setThresholds(shortLimits, { userId: null })
  const disks = await makeDisks(directory, dataMib)
  const missing: string[] = []
  const repository = async (name: string, at: string) => {
    const wanted = { name, path: path.join(at, 'repository') }
    return { id: (await stack.services.repositories.create(wanted, { userId: null })).id, path: wanted.path }
  }
  const noSmall = await whyNoMount(path.join(directory, 'small'))
  let small: Lab['small'] = null
  if (noSmall) missing.push(noSmall)
  else {
    const storage = made.use(await mountSmallDisk(path.join(directory, 'small'), (dataMib + 104) * MIB))
    small = { ...(await repository('small', storage.path)), storage, turn: new Mutex() }
  }
  const noSlow = await whyNoSlowStorage()
  let slow: Lab['slow'] = null
  if (noSlow) missing.push(noSlow)
  else {
    const storage = made.use(await mountSlowStorage(path.join(directory, 'storage'), (4 * dataMib + 128) * MIB))
    slow = { ...(await repository('slow', storage.path)), storage, turn: new Mutex() }
  }
  const asking = new Mutex()
  return {
    ...{ stack, directory, shims, disks, small, slow, missing },
    repositoryPath: (id) => [small, slow].find((one) => one?.id === id)?.path ?? stack.repositoryPath,
    backUp: (name, { disks: served, repositoryId }) =>
      asking.run(async () => {
        await stack.online()
        const vm = await stack.addVm({ name, disks: served })
        return { vm, job: await stack.backUp(vm.id, repositoryId) }
      }),
    forget: (name) => asking.run(() => removeImageVm(stack.applianceDir, name)),
    serve: async (name, disk, rate, delays) => {
      const own = path.join(directory, name)
      await mkdir(own, { recursive: true })
      const slowly = await serveSlowly(disk.path, own, rate, delays)
      return {
        disks: [{ key: KEY, url: slowly.url }],
        files: [{ key: KEY, path: disk.path }],
        slow: slowly,
        [Symbol.asyncDispose]: () => slowly[Symbol.asyncDispose](),
      }
    },
  }
}

/** Takes all that a small disk has left; answers the file that holds it. */
export async function fillUp(storage: SmallDisk): Promise<string> {
  const filler = path.join(storage.path, 'filler')
  await using file = await open(filler, 'w')
  const piece = Buffer.alloc(MIB)
  try {
    for (;;) await file.write(piece)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  return filler
}

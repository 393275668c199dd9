import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { HubEvent } from '#contracts/events.ts'
import type { Stack } from '#e2e/world/stack.ts'
import { compareImage } from '#lib/digests/compare.ts'
import { compareImages } from '#server/drivers/image/driver.ts'

export interface ProductRun {
  /** First byte to flushed: until every disk's copier has exited after its flush. */
  copySeconds: number
  /** From the call that starts the backup to the first write that the export acknowledged. */
  firstByteSeconds: number
  /** From the call that starts the backup until it is completed: with the proof. */
  wholeSeconds: number
  /** Bytes read back for each second of CPU, all of one process: reading, hashing, comparing. */
  readBackPerCpuSecond: number
}

/** When the state after the flush began, as the log has it. */
function flushedAt(events: readonly HubEvent[]): number {
  const event = events.find(({ data }) => data.kind === 'job.state' && data.state === 'checking')
  if (!event) throw new Error('the log does not say when the copy was flushed')
  return Date.parse(event.at)
}

/** One full backup on the real stack; its image is compared with the source, then removed. */
export async function runProduct(stack: Stack, vmId: string, source: string): Promise<ProductRun> {
  const asked = Date.now()
  const started = await stack.backUp(vmId)
  const job = await stack.finished(started.id, 600_000, 500)
  if (job.state !== 'completed' || job.firstByteAt === null)
    throw new Error(`the backup failed: ${JSON.stringify(job)}`)
  const firstByte = Date.parse(job.firstByteAt)
  const flushed = flushedAt(await stack.services.backups.events(job.id))
  const points = await stack.services.backups.restorePoints({ vmId })
  const point = points.find(({ jobId }) => jobId === job.id)
  const image = path.join(stack.repositoryPath, point?.disks[0]?.imagePath ?? 'missing')
  const { identical, detail } = await compareImages({ path: source, format: 'raw' }, image)
  if (!identical) throw new Error(`the image is not its source: ${detail}`)
  const readBackPerCpuSecond = await readBack(image)
  await rm(path.join(stack.repositoryPath, point?.directory ?? 'missing'), { recursive: true })
  return {
    copySeconds: (flushed - firstByte) / 1000,
    firstByteSeconds: (firstByte - asked) / 1000,
    wholeSeconds: (Date.parse(job.finishedAt ?? '') - asked) / 1000,
    readBackPerCpuSecond,
  }
}

/** Reads the image back against its map once more, in this process, whose CPU is counted. */
async function readBack(image: string): Promise<number> {
  const before = process.cpuUsage()
  const { equal, readBytes, direct } = await compareImage({ image, map: image.replace(/\.qcow2$/, '.map') })
  const { user, system } = process.cpuUsage(before)
  if (!equal) throw new Error('the image is not what its map says')
  if (!direct) throw new Error('the image was read from the page cache')
  return readBytes / ((user + system) / 1e6)
}

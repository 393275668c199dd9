import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import { isTerminal } from '#contracts/job.ts'
import type { ProblemCode } from '#contracts/problem.ts'
import type { BackupView, JobView } from '#contracts/views.ts'
import { waitFor } from '#lib/async/wait.ts'
import { run } from '#lib/process/run.ts'
import { compareImages } from '#server/drivers/image/driver.ts'
import type { Stack } from './stack.ts'

/** The restore point a job made; fails when there is none, or the job did not complete. */
export async function restorePointOf(stack: Stack, job: JobView): Promise<BackupView> {
  expect(job.problem).toBeNull()
  expect(job.state).toBe('completed')
  const points = await stack.services.backups.restorePoints({ vmId: job.vmId })
  const point = points.find(({ jobId }) => jobId === job.id)
  if (!point) throw new Error(`job ${job.backupId} completed without a restore point`)
  return point
}

/** The size in a QCOW2 header, bytes 24 to 31 (docs/interop/qcow2 of QEMU). */
async function virtualSize(image: string): Promise<number> {
  await using file = await open(image, 'r')
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 24)
  return Number(buffer.readBigUInt64BE())
}

/** Every image is what its source is: exact size on record, `qemu-img compare` identical, `check` clean. */
export async function expectIdentical(
  stack: Stack,
  job: JobView,
  sources: readonly { key: number; path: string }[],
): Promise<BackupView> {
  const point = await restorePointOf(stack, job)
  expect(point.disks.map(({ key }) => key)).toEqual(sources.map(({ key }) => key).toSorted((a, b) => a - b))
  for (const source of sources) {
    const disk = point.disks.find(({ key }) => key === source.key)
    const image = path.join(stack.repositoryPath, disk?.imagePath ?? 'missing')
    const { size } = await stat(source.path)
    expect(disk?.sizeBytes).toBe(size)
    expect(await virtualSize(image)).toBe(Math.ceil(size / 512) * 512)
    const compared = await compareImages({ path: source.path, format: 'raw' }, { path: image, format: 'qcow2' })
    expect(compared).toMatchObject({ identical: true })
    const check = await run('qemu-img', ['check', '-f', 'qcow2', image])
    expect(check.stdout).toContain('No errors were found')
  }
  return point
}

const digest = async (file: string, bytes: number) => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { end: bytes - 1 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The image restored to a raw file and cut at the size on record is the source, to the last byte of an odd size. */
export async function expectExactRestore(image: string, sizeBytes: number, source: string): Promise<void> {
  const restored = `${source}.restored`
  try {
    const converted = await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, restored])
    expect(converted.ok).toBe(true)
    expect((await stat(source)).size).toBe(sizeBytes)
    expect(await digest(restored, sizeBytes)).toBe(await digest(source, sizeBytes))
  } finally {
    await rm(restored, { force: true })
  }
}

/** The job failed with that code, in words that say what happened and what to do; its record is kept, its data is not. */
export async function expectFailed(stack: Stack, job: JobView, codes: ProblemCode | ProblemCode[], words?: RegExp) {
  expect(job.state, JSON.stringify(job.problem)).toBe('failed')
  expect([codes].flat()).toContain(job.problem?.code)
  if (words) expect(`${job.problem?.happened}\n${job.problem?.tool?.stderr.join('\n')}`).toMatch(words)
  expect(job.problem?.remedy ?? '').not.toBe('')
  expect(job.finishedAt).not.toBeNull()
  expect(await stack.services.backups.restorePoints({ vmId: job.vmId })).toEqual([])
  const states = (await stack.services.backups.events(job.id)).flatMap(({ data }) =>
    data.kind === 'job.state' ? [data.state] : [],
  )
  expect(states.at(-1)).toBe('failed')
  return job.problem
}

/** Waits until bytes of the job's disks have arrived in its images; a job that ended before is an error. */
export async function copying(stack: Stack, jobId: string, deadlineMs = 20_000): Promise<JobView> {
  const started = async () => {
    const { state, moving } = await stack.peek(jobId)
    if (isTerminal(state)) {
      const { problem } = await stack.services.backups.get(jobId)
      throw new Error(`the job ended early: ${state} ${JSON.stringify(problem)}`)
    }
    return state === 'copying' && moving
  }
  if (!(await waitFor(started, { deadlineMs, everyMs: 50 })))
    throw new Error(`no byte within ${deadlineMs} ms\n${await stack.logs()}`)
  return stack.services.backups.get(jobId)
}

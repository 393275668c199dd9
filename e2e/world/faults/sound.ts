import path from 'node:path'
import { isTerminal } from '#contracts/job.ts'
import type { JobView } from '#contracts/views.ts'
import { checkImage, compareImages } from '#server/drivers/image/driver.ts'
import type { Stack } from '../stack.ts'
import type { Fault, FaultRun } from './fault.ts'

/** What of a completed backup differs from its sources, in words; empty: nothing. */
async function differences({ services, repositoryPath }: Stack, job: JobView, disks: FaultRun['disks']) {
  const point = (await services.backups.restorePoints({ vmId: job.vmId })).find(({ jobId }) => jobId === job.id)
  if (!point) return ['it completed without a restore point']
  const wrong = disks.map(async ({ key, path: source, sizeBytes }) => {
    const disk = point.disks.find((each) => each.key === key)
    if (!disk) return [`disk ${key} is missing`]
    if (disk.sizeBytes !== sizeBytes) return [`disk ${key} has ${disk.sizeBytes} bytes on record, not ${sizeBytes}`]
    const image = path.join(repositoryPath, disk.imagePath)
    const [{ identical }, { clean }] = await Promise.all([
      compareImages({ path: source, format: 'raw' }, { path: image, format: 'qcow2' }),
      checkImage(image),
    ])
    return [
      ...(identical ? [] : [`disk ${key} DIFFERS from its source`]),
      ...(clean ? [] : [`disk ${key} is not clean`]),
    ]
  })
  return (await Promise.all(wrong)).flat()
}

/** What is wrong with how a job ended; empty: it completed as its source, or failed as the fault says it may. */
export async function wrongEnd(stack: Stack, job: JobView, fault: Fault | null, disks: FaultRun['disks']) {
  if (!isTerminal(job.state)) return [`it is ${job.state} still`]
  if (job.state === 'completed') return job.problem ? ['it completed with a problem'] : differences(stack, job, disks)
  const { problem } = job
  const words = `${problem?.happened}\n${problem?.tool?.stderr.join('\n')}`
  const said = `it is ${job.state}: ${problem?.code}: ${problem?.happened}`
  if (!fault?.fails || job.state !== 'failed' || problem === null) return [said]
  return [
    ...(fault.fails.codes.includes(problem.code) && fault.fails.words.test(words) ? [] : [said]),
    ...(problem.remedy ? [] : [`${problem.code} says nothing of what to do`]),
    ...((await stack.services.backups.restorePoints({ vmId: job.vmId })).some(({ jobId }) => jobId === job.id)
      ? ['it failed, and left a restore point']
      : []),
  ]
}

/** The next backup of the same machine, at once: what is wrong with it. */
export async function wrongNext(stack: Stack, { vmId, disks }: Pick<FaultRun, 'vmId' | 'disks'>) {
  const job = await stack.finished((await stack.backUp(vmId)).id)
  return (await wrongEnd(stack, job, null, disks)).map((words) => `the next backup: ${words}`)
}

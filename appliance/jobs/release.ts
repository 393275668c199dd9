import type { ReleasedDisk } from '#contracts/appliance.ts'
import type { ApplianceConfig } from '../config.ts'
import { findSource } from '../sources/registry.ts'
import { jobMark } from './mark.ts'
import type { JobFiles, JobRecord } from './record.ts'
import { secondReadings } from './report-file.ts'

/**
 * Lets the source go and says of each disk whether its state was fixed: by what the source compared, or by the second reading
 * of the transfer process. What could not be asked is unknown. `letGo` false: it still holds what it froze.
 */
export async function releaseSource(
  record: JobRecord,
  files: JobFiles,
  config: ApplianceConfig,
): Promise<{ disks: ReleasedDisk[]; letGo: boolean }> {
  const { disks: said, letGo } = await endSource(record, files, config)
  const readings = await secondReadings(files.reports)
  const disks = record.disks.map(({ key, secondRead }): ReleasedDisk => {
    const own = said.find((disk) => disk.key === key)
    if (own?.state === 'changed' || !secondRead)
      return own ?? { key, state: 'unknown', fixedBy: 'unknown', evidence: ['The source said nothing of this disk.'] }
    const reading = readings.get(key)
    if (!reading)
      return { key, state: 'unknown', fixedBy: 'unknown', evidence: ['It was not read a second time to its end.'] }
    const words = `${reading.leaves} blocks of 64 KiB were read twice; ${reading.differing} differed.`
    return { key, state: reading.differing === 0 ? 'fixed' : 'changed', fixedBy: 'read_twice', evidence: [words] }
  })
  return { disks, letGo }
}

async function endSource(record: JobRecord, files: JobFiles, config: ApplianceConfig) {
  const unknown = (why: string) =>
    record.disks.map(
      ({ key }): ReleasedDisk => ({ key, state: 'unknown', fixedBy: 'unknown', evidence: [why.slice(0, 500)] }),
    )
  try {
    const source = findSource(config, record.source)
    const context = { directory: files.directory, mark: jobMark(record.jobId) }
    return { disks: (await source.end(record.snapshot, context)).disks, letGo: true }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { disks: unknown(`The source could not be asked: ${why}`), letGo: false }
  }
}

import { type DiskVerdict, sentences } from '#contracts/source-state.ts'
import type { ApplianceConfig } from '../config.ts'
import { settleSecondRead } from '../sources/evidence/fixing.ts'
import { findSource } from '../sources/registry.ts'
import type { JobFiles, JobRecord } from './record.ts'
import { secondReadings } from './report-file.ts'

/**
 * Lets the source go and says of each disk whether its state was fixed: by what the source compared, or by the second reading
 * of the transfer process. What could not be asked is unknown. `letGo` false: the source still holds what it froze.
 */
export async function releaseSource(
  record: JobRecord,
  files: JobFiles,
  config: ApplianceConfig,
): Promise<{ disks: DiskVerdict[]; letGo: boolean }> {
  const { verdicts, letGo } = await endSource(record, config)
  const readings = await secondReadings(files.reports)
  const disks = record.disks.map(({ key, stateFixedBy, secondRead }): DiskVerdict => {
    const said =
      verdicts.find((verdict) => verdict.key === key) ?? unknown(key, stateFixedBy, 'The source said nothing of it.')
    const reading = readings.get(key)
    if (!secondRead || !reading) return said
    const words = `${reading.leaves} blocks of 64 KiB were read twice; ${reading.differing} differed.`
    return settleSecondRead(said, reading.differing === 0, words)
  })
  return { disks, letGo }
}

const unknown = (key: number, fixedBy: DiskVerdict['fixedBy'], words: string): DiskVerdict => ({
  ...{ key, state: 'unknown', fixedBy, evidence: sentences([words]) },
})

async function endSource(record: JobRecord, config: ApplianceConfig) {
  try {
    return { verdicts: await findSource(config, record.source).end(record.snapshot), letGo: true }
  } catch (error) {
    const why = `The source could not be asked: ${error instanceof Error ? error.message : String(error)}`
    return { verdicts: record.disks.map(({ key, stateFixedBy }) => unknown(key, stateFixedBy, why)), letGo: false }
  }
}

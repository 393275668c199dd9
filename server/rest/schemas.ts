import type { z } from 'zod'
import { vmCheckSchema } from '#contracts/check.ts'
import { verdictSchema } from '#contracts/diagnosis.ts'
import { eventSchema } from '#contracts/events.ts'
import { problemSchema } from '#contracts/problem.ts'
import { supportBundleSchema } from '#contracts/support.ts'
import { backupVerdictSchema } from '#contracts/verdict.ts'
import {
  applianceViewSchema,
  exportViewSchema,
  probeResultSchema,
  repositoryViewSchema,
  tunnelViewSchema,
  vmSummarySchema,
} from '#contracts/views.ts'
import { failureSchema } from './failure.ts'
import type { Operation } from './operation.ts'
import { restBackupDetailSchema, restBackupSchema, restRestorePointSchema } from './views/backup.ts'
import { restVmDetailSchema } from './views/vm.ts'

/** What has a name of its own in the description; what answers only one operation is called after that. */
const named: Readonly<Record<string, z.ZodType>> = {
  Appliance: applianceViewSchema,
  Backup: restBackupSchema,
  BackupDetail: restBackupDetailSchema,
  BackupVerdict: backupVerdictSchema,
  Check: vmCheckSchema,
  Event: eventSchema,
  Export: exportViewSchema,
  Failure: failureSchema,
  ProbeResult: probeResultSchema,
  Problem: problemSchema,
  Repository: repositoryViewSchema,
  RestorePoint: restRestorePointSchema,
  SupportBundle: supportBundleSchema,
  Tunnel: tunnelViewSchema,
  Verdict: verdictSchema,
  Vm: vmSummarySchema,
  VmDetail: restVmDetailSchema,
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** Every schema that answers have, by its name. */
export function answerSchemas(operations: readonly Operation[]): Map<string, z.ZodType> {
  const schemas = new Map(Object.entries(named))
  const known = new Set(schemas.values())
  for (const { id, answer } of operations)
    if (answer && !known.has(answer)) {
      known.add(answer)
      schemas.set(`${capital(id)}Answer`, answer)
    }
  return schemas
}

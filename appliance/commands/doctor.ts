import path from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../command-line.ts'
import { DEFAULT_DATA_DIR } from '../config.ts'
import { examine } from '../doctor/doctor.ts'
import { renderFindings } from '../doctor/report.ts'

function read(args: string[]) {
  try {
    const options = { data: { type: 'string' }, json: { type: 'boolean' } } as const
    return parseArgs({ args, options, strict: true }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause))
  }
}

/** `doctor`: exit status 1 when something failed. */
export async function doctorCommand(args: string[]): Promise<number> {
  const { data = DEFAULT_DATA_DIR, json = false } = read(args)
  const findings = await examine(path.resolve(data))
  process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(findings))
  return findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0
}

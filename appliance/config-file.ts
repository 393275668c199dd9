import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { ProblemError } from '#contracts/problem.ts'
import { type ApplianceConfig, applianceConfigSchema } from './config.ts'

/**
 * Reads `appliance.json` anew.
 * @throws ProblemError bad_input naming the field that is wrong
 */
export async function readConfig(file: string): Promise<ApplianceConfig> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ProblemError(
      {
        code: 'bad_input',
        happened: `The appliance's settings cannot be read: ${why}`,
        remedy: `Repair ${file}, or make it with "init".`,
      },
      { cause },
    )
  }
  const parsed = applianceConfigSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.join('.') ?? ''
  throw new ProblemError({
    code: 'bad_input',
    happened: `The appliance's settings are not valid: ${field}: ${issue?.message ?? 'unknown fault'}`,
    remedy: `Repair ${file}; the change is taken up without a restart.`,
    field,
  })
}

/** Writes a file by rename (a reader sees the old or the new one, never half), mode 0600. */
export async function writePrivate(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, file)
}

export async function writeConfig(file: string, config: ApplianceConfig): Promise<void> {
  await writePrivate(file, `${JSON.stringify(applianceConfigSchema.parse(config), null, 2)}\n`)
}

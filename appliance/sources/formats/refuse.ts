import { type Problem, ProblemError } from '#contracts/problem.ts'

export interface ResolveContext {
  /** For people: `disk 2000 of "pgtest1"`. */
  what: string
  key: number
  /** Where backing files may lie; null: in the directory of the image itself. */
  directories: readonly string[] | null
}

export const SAFE = 'Nothing was opened or changed; earlier backups are untouched.'

/** What is not what was stated, or is not followed. */
export function refuse(happened: string, remedy: string, code: Problem['code'] = 'source_format'): ProblemError {
  return new ProblemError({ code, happened: happened.slice(0, 2000), safe: SAFE, remedy: remedy.slice(0, 2000) })
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

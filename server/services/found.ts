import { ProblemError } from '#contracts/problem.ts'

/** The row, or a clear `not_found`. */
export function found<T>(row: T | null | undefined, noun: string, id: string): T {
  if (row === null || row === undefined)
    throw new ProblemError({
      code: 'not_found',
      happened: `There is no ${noun} ${id}.`,
      remedy: 'It may have been removed; go back to the list.',
    })
  return row
}

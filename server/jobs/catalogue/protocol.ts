import type { ExpectedPoint, Verdict } from '#contracts/look.ts'
import type { Problem } from '#contracts/problem.ts'

/** The first line to the process that looks. */
export interface Opening {
  path: string
  repositoryId: string
}

/** Its answer: it holds the repository open, or cannot. */
export type Opened = { opened: true } | { problem: Problem }

/** One line for each point, in any number at once. */
export interface Question {
  point: ExpectedPoint
  /** Compute the roots of its digest maps, too. */
  maps: boolean
}

/** One line for each question, as they are ready. */
export interface Answer {
  id: string
  verdict: Verdict
}

import { createInterface } from 'node:readline'
import { toProblem } from '#contracts/problem.ts'
import { judge } from '../../domain/catalogue/judge.ts'
import { type RepositoryView, repositoryView, seePoint } from '../../drivers/repository/driver.ts'
import type { Answer, Opened, Opening, Question } from './protocol.ts'

/** Points that are looked at side by side: Node has four threads for files, and a network share takes its time. */
const CONCURRENCY = 8

/**
 * Answers looks on standard input and output, apart from the engine: a share that hangs holds this process, not the engine's
 * few threads for files, and large maps are hashed beside it. Reads and never writes; ends when its input does.
 * @param root  computes the root of a digest map
 */
export function serveLooks(root: (file: string) => Promise<string>): void {
  const lines = createInterface({ input: process.stdin })
  const say = (line: Opened | Answer) => process.stdout.write(`${JSON.stringify(line)}\n`)
  // Whoever asked is gone: nothing is left to do, and a read that hangs must not keep it here.
  lines.once('close', () => process.exit(0))
  process.stdout.on('error', () => process.exit(1))

  let view: RepositoryView | null = null
  let opening = false
  const waiting: Question[] = []
  let working = 0

  const answer = async ({ point, maps }: Question) => {
    const seen = await seePoint(view?.path ?? '', point, maps ? { root } : {})
    say({ id: point.id, verdict: judge(point, seen) })
  }
  const next = () => {
    while (view && working < CONCURRENCY) {
      const question = waiting.shift()
      if (!question) return
      working++
      // What throws here is a fault of ours: the process ends, and its questions stay unanswered.
      void answer(question).finally(() => {
        working--
        next()
      })
    }
  }
  lines.on('line', (line) => {
    if (opening) {
      waiting.push(JSON.parse(line) as Question)
      next()
      return
    }
    opening = true
    const { path, repositoryId } = JSON.parse(line) as Opening
    repositoryView(path, repositoryId).then(
      (opened) => {
        view = opened
        say({ opened: true })
        next()
      },
      (error: unknown) => say({ problem: toProblem(error) }),
    )
  })
}

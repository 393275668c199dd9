import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Environment of a Node process whose clock is that many seconds ahead of everybody else's; its children's are right. */
export async function otherClock(directory: string, seconds: number): Promise<Record<string, string>> {
  const file = path.join(directory, 'other-clock.cjs')
  const text = `
    const Real = Date, ahead = ${seconds * 1000}
    globalThis.Date = class extends Real {
      constructor(...args) { args.length === 0 ? super(Real.now() + ahead) : super(...args) }
      static now() { return Real.now() + ahead }
    }
  `
  await writeFile(file, text)
  return { NODE_OPTIONS: `--require=${file}` }
}

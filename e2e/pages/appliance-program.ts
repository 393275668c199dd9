import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { checkout } from '../world/appliance.ts'

/** The appliance as it ships. */
const bundle = path.join(checkout, 'dist/sendense-appliance.mjs')

export interface ApplianceProgram extends AsyncDisposable {
  /** What it has said so far. */
  said(): string
  /** Its exit status, once it has ended. */
  ended: Promise<number | null>
}

/** Starts a command of the appliance's program; disposing ends it. */
export function startProgram(args: readonly string[], input = ''): ApplianceProgram {
  const child: ChildProcess = spawn(process.execPath, [bundle, ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
  const words: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => words.push(text))
  child.stdin?.end(input)
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return {
    said: () => words.join(''),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Takes what readline would echo. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

/**
 * A secret from who started the command: asked for at a terminal, where it is not shown, else all of stdin.
 * @throws the signal's reason when aborted
 */
export async function readSecret(question: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).trim()
  const lines = createInterface({ input: process.stdin, output: nowhere(), terminal: true })
  // In raw mode Ctrl-C is a letter and no signal.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  process.stderr.write(question)
  try {
    return (await lines.question('', { signal })).trim()
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

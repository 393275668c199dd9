import { plain } from './format.ts'

/** How a command speaks: to a person, or as one JSON document to a program. */
export interface Output {
  json: boolean
  /** The answer: with --json as it is, else as the words say. */
  say(answer: unknown, words: () => string): void
  /** What a person wants to know meanwhile; a program does not. */
  note(line: string): void
}

export function createOutput(json: boolean, write = (text: string) => void process.stdout.write(text)): Output {
  return {
    json,
    say: (answer, words) => write(`${json ? JSON.stringify(answer, null, 2) : words()}\n`),
    note(line) {
      if (!json) write(`${plain(line)}\n`)
    },
  }
}

/** Where the demo speaks: on a terminal one line rewrites itself; elsewhere a line comes every two seconds. */
export interface Printer {
  /** A line that stays. */
  say(line: string): void
  /** The present moment; the next call, or a line that stays, takes its place. */
  now(line: string): void
}

interface Out {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

const PAUSE_MS = 2000
const CLEAR = '\r\u001b[2K'

/** @param clock  milliseconds, for tests */
export function createPrinter(out: Out = process.stdout, clock: () => number = () => performance.now()): Printer {
  let open = false
  let last = Number.NEGATIVE_INFINITY
  let shown = ''
  return {
    say(line) {
      out.write(`${open ? CLEAR : ''}${line}\n`)
      open = false
      shown = ''
    },
    now(line) {
      if (line === shown) return
      if (out.isTTY) {
        out.write(`${CLEAR}  ${line.slice(0, (out.columns ?? 100) - 3)}`)
        open = true
      } else {
        if (clock() - last < PAUSE_MS) return
        last = clock()
        out.write(`  ${line}\n`)
      }
      shown = line
    },
  }
}

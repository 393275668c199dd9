import { closeSync, openSync, writeSync } from 'node:fs'
import { encodeReport, type ReportBody } from '../jobs/report-file.ts'

/** Appends the client's reports, numbered from 1. Written at once and in one piece: what was said survives our death. */
export class Reporter implements Disposable {
  readonly #fd: number
  #seq = 0

  constructor(file: string) {
    this.#fd = openSync(file, 'a', 0o600)
  }

  report(body: ReportBody): void {
    writeSync(this.#fd, encodeReport(++this.#seq, body))
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
  }
}

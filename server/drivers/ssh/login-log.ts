import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { loginLine, parseLogLine } from './parse.ts'

const CHUNK = 256 * 1024

/** Follows sshd's log: which key each connected peer logged in with. Reads only what is new, remembers only who is connected. */
export class LoginLog {
  readonly #file: string
  readonly #user: string
  readonly #maxBytes: number
  #offset = 0
  #rest = ''
  #logins = new Map<string, string | null>()

  /** @param maxBytes  the log is cut when it is longer; the logins of who is connected are written into it again */
  constructor(file: string, user: string, maxBytes = 8 * 1024 * 1024) {
    this.#file = file
    this.#user = user
    this.#maxBytes = maxBytes
  }

  /**
   * The fingerprints of connected peers (`host port`), null while a peer has not logged in.
   * @param connected  who is connected, asked BEFORE this call: their lines are in the log by now or come later
   */
  async read(connected: ReadonlySet<string>): Promise<ReadonlyMap<string, string | null>> {
    for (const peer of this.#logins.keys()) if (!connected.has(peer)) this.#logins.delete(peer)
    await using log = await open(this.#file, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW)
    await this.#readNew(log)
    if (this.#offset > this.#maxBytes) await this.#cut(log)
    return this.#logins
  }

  async #readNew(log: FileHandle): Promise<void> {
    const { size } = await log.stat()
    if (size < this.#offset) this.#restart()
    const buffer = Buffer.alloc(CHUNK)
    for (;;) {
      const { bytesRead } = await log.read(buffer, 0, CHUNK, this.#offset)
      if (bytesRead === 0) return
      this.#offset += bytesRead
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
      this.#rest = (lines.pop() ?? '').slice(-10_000)
      for (const line of lines) {
        const entry = parseLogLine(line, this.#user)
        if (entry) this.#logins.set(entry.peer, entry.fingerprint)
      }
    }
  }

  /** A line that comes between the last read and the cut is lost: that session stays unnamed, which the caller ends. */
  async #cut(log: FileHandle): Promise<void> {
    await log.truncate(0)
    this.#restart()
    const known = [...this.#logins].flatMap(([peer, key]) => (key === null ? [] : loginLine(this.#user, peer, key)))
    await log.appendFile(known.join(''))
  }

  #restart(): void {
    this.#offset = 0
    this.#rest = ''
  }
}

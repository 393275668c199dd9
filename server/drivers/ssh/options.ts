/** The unprivileged user that sshd runs as and that appliances log in as. Null: ourselves. */
export interface RunAs {
  user: string
  uid: number
  gid: number
}

export interface SshdOptions {
  /** Absolute; made when missing. No directory above it may be writable by other users (StrictModes). */
  dir: string
  host: string
  port: number
  /** Whom sshd runs as and appliances log in as. Root must name somebody else; an ordinary user gives null. */
  runAs: RunAs | null
  /** Id of its row on the resource ledger. */
  mark: string
  /** Milliseconds until it must answer. Default 10 s. */
  deadlineMs?: number
}

import type { Api } from './api.ts'
import { exits } from './exit.ts'
import { follow } from './follow.ts'
import type { Output } from './output.ts'
import { bars, lines, type Progress } from './progress.ts'
import type { BackupWhole, HubEvent } from './views.ts'

const terminal = ['completed', 'failed', 'cancelled']

export const isOver = (state: string) => terminal.includes(state)

/** How a backup that ended ends the program. */
export const exitOf = (state: string) =>
  state === 'completed' ? exits.ok : state === 'cancelled' ? exits.cancelled : exits.failed

function show({ data }: HubEvent, progress: Progress): void {
  if (data.kind === 'job.progress') progress.disks(data.disks, data.eta_seconds)
  else if (data.kind === 'job.verdict') {
    const { sentence, evidence, next } = data.verdict
    progress.line(sentence)
    if (evidence.length > 0) progress.line(`  measured: ${evidence.join('; ')}`)
    if (next !== null) progress.line(`  next: ${next}`)
  } else if (data.kind === 'job.state' || data.kind === 'job.step') progress.line(data.message)
}

/** Follows a backup until it has ended, and answers it as it is then. */
export async function watchBackup(api: Api, id: string, out: Output, signal: AbortSignal): Promise<BackupWhole> {
  const at = `/backups/${encodeURIComponent(id)}`
  const first = await api.get<BackupWhole>(at)
  if (isOver(first.state)) return first
  const quiet: Progress = { disks: () => undefined, line: () => undefined, stop: () => undefined }
  const { stdout } = process
  const progress = out.json ? quiet : stdout.isTTY ? bars(stdout) : lines((text) => stdout.write(text))
  try {
    if (first.disks.length > 0) progress.disks(first.disks, first.eta_seconds)
    for await (const event of follow(api, `backup_id=${first.job_id}`, first.cursor, signal)) {
      show(event, progress)
      if (event.data.kind === 'job.state' && terminal.includes(event.data.state)) break
    }
    const last = await api.get<BackupWhole>(at)
    if (last.disks.length > 0) progress.disks(last.disks, null)
    return last
  } finally {
    progress.stop()
  }
}

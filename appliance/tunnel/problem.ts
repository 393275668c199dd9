import { ProblemError, type ToolReport } from '#contracts/problem.ts'

/** What ssh said, without the debugging lines that only our own ears need. */
export function wordsOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !/^debug\d:/.test(line))
}

/** One sentence on why a connection to the hub failed, for the person who must act. */
export function explain(stderr: readonly string[]): string {
  const words = wordsOf(stderr)
  const text = words.join('\n')
  if (/Permission denied \(/.test(text)) return "the hub refused the appliance's key"
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(text))
    return "the hub's host key is not the one that was pinned"
  if (/remote port forwarding failed/.test(text))
    return 'the hub refused the forward (an older session may still hold the port)'
  if (/cannot listen to port|Could not request local forwarding/.test(text))
    return 'a local port of the tunnel is taken on the appliance'
  if (/Connection refused/.test(text)) return "nothing listens at the hub's SSH address"
  if (/timed out|Timeout/.test(text)) return "the hub's SSH address does not answer"
  if (/Could not resolve hostname/.test(text)) return "the hub's name cannot be resolved"
  if (/Connection (closed|reset)|closed by remote host/.test(text)) return 'the hub closed the connection'
  return words.at(-1) ?? 'ssh gave no reason'
}

export function tunnelRefused(happened: string, tool: ToolReport): ProblemError {
  return new ProblemError({
    code: 'tunnel_refused',
    happened: `${happened}: ${explain(tool.stderr)}.`,
    safe: 'No data was copied; earlier backups are untouched.',
    remedy: "Check that the hub's SSH server runs, that the network between them works, and that the key is let in.",
    tool: { ...tool, stderr: wordsOf(tool.stderr) },
  })
}

/** The hub was silent, or the forward is not what was asked for: ssh itself found nothing wrong. */
export function notOffered(happened: string, tool: ToolReport): ProblemError {
  const stderr = wordsOf(tool.stderr)
  return new ProblemError({
    code: 'tunnel_refused',
    happened: `The job's own tunnel to the hub could not be opened: ${happened}${stderr.length > 0 ? ` (${explain(stderr)})` : ''}.`,
    safe: 'No data was copied; earlier backups are untouched.',
    remedy:
      "See that the hub's SSH server answers and that nothing changes the job's ssh configuration; then start again.",
    tool: { ...tool, stderr },
  })
}

import type { Problem, ToolReport } from '#contracts/problem.ts'
import { Status } from './status.tsx'

/** An error in words: what happened, what is safe, what to do; what the tool said can be opened. */
export function ProblemPanel({ problem, title = 'Failed' }: { problem: Problem; title?: string }) {
  return (
    <div
      role="alert"
      className="mb-5 rounded-lg border border-bad bg-surface p-4"
      data-testid="problem"
      data-code={problem.code}
    >
      <Status tone="bad" label={title} />
      <p className="mt-2 break-words">{problem.happened}</p>
      {problem.safe && (
        <p className="mt-2 break-words">
          <strong>What is safe:</strong> {problem.safe}
        </p>
      )}
      {problem.remedy && (
        <p className="mt-2 break-words">
          <strong>What to do:</strong> {problem.remedy}
        </p>
      )}
      {problem.tool && <ToolWords tool={problem.tool} />}
    </div>
  )
}

function ToolWords({ tool }: { tool: ToolReport }) {
  const end = tool.signal ? `ended by ${tool.signal}` : `exit status ${tool.exitCode ?? 'unknown'}`
  return (
    <details className="mt-3">
      <summary className="cursor-pointer font-medium">What the tool said ({end})</summary>
      <p className="mt-2 break-all font-mono text-[0.8125rem]">{tool.command}</p>
      <pre className="mt-1 max-h-80 overflow-auto whitespace-pre-wrap break-all rounded-md bg-sunken p-2 text-[0.8125rem]">
        {tool.stderr.length > 0 ? tool.stderr.join('\n') : 'It printed nothing.'}
      </pre>
    </details>
  )
}

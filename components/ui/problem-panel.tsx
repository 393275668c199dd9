'use client'

import { ChevronRight, CircleX, Link2 } from 'lucide-react'
import { useState } from 'react'
import type { Problem, ToolReport } from '#contracts/problem.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy.tsx'

/** An error in words: what happened, what is safe, what to do; what the tool said is one click away. */
export function ProblemPanel(props: {
  problem: Problem
  title?: string
  /** What the person can do about it here. */
  actions?: React.ReactNode
  /** Offers the page's address, to be pasted to a colleague. */
  linked?: boolean
}) {
  const { problem, title = 'Failed', actions, linked } = props
  return (
    <div
      role="alert"
      className="mb-5 rounded-lg border border-bad bg-bad-soft p-4"
      data-testid="problem"
      data-code={problem.code}
    >
      <p className="flex items-center gap-2 font-semibold text-bad">
        <CircleX className="size-4 shrink-0" aria-hidden="true" />
        {title}
      </p>
      <p className="mt-2 break-words">{problem.happened}</p>
      {problem.safe && (
        <p className="mt-1.5 break-words">
          <strong className="font-semibold">What is safe:</strong> {problem.safe}
        </p>
      )}
      {problem.remedy && (
        <p className="mt-1.5 break-words">
          <strong className="font-semibold">What to do:</strong> {problem.remedy}
        </p>
      )}
      {problem.tool && <ToolWords tool={problem.tool} />}
      {(actions || linked) && (
        <div className="mt-3 flex flex-wrap gap-2">
          {actions}
          {linked && <CopyLink />}
        </div>
      )}
    </div>
  )
}

function CopyLink() {
  const [copied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard.writeText(location.href).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  return (
    <Button icon={<Link2 aria-hidden="true" />} onClick={() => void copy()}>
      {copied ? 'Link copied' : 'Copy link'}
    </Button>
  )
}

function ToolWords({ tool }: { tool: ToolReport }) {
  const end = tool.signal ? `ended by ${tool.signal}` : `exit status ${tool.exitCode ?? 'unknown'}`
  const words = tool.stderr.length > 0 ? tool.stderr.join('\n') : 'It printed nothing.'
  return (
    <details className="group mt-3">
      <summary className="flex w-fit items-center gap-1 rounded font-medium">
        <ChevronRight className="size-4 motion-safe:transition-transform group-open:rotate-90" aria-hidden="true" />
        What the tool said ({end})
      </summary>
      <div className="mt-2 flex items-start justify-between gap-2 rounded-md bg-surface p-2">
        <div className="min-w-0">
          <p className="break-all font-mono text-code text-muted">{tool.command}</p>
          <pre
            className="mt-1 max-h-80 overflow-auto whitespace-pre-wrap break-all font-mono text-code"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
            tabIndex={0}
          >
            {words}
          </pre>
        </div>
        <CopyButton text={`${tool.command}\n${words}`} label="Copy what the tool said" />
      </div>
    </details>
  )
}

'use client'

import { CopyButton } from './copy.tsx'

/** A command to type elsewhere: whole, in its own lines, with a button that copies it. */
export function Command({ text, label = 'Copy the command' }: { text: string; label?: string }) {
  return (
    <div className="flex items-start justify-between gap-2 rounded-md border border-line bg-sunken py-1 ps-3 pe-1">
      <pre className="min-w-0 whitespace-pre-wrap py-1.5 font-mono text-code [overflow-wrap:anywhere]">{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  )
}

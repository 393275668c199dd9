'use client'

import { Check, Copy } from 'lucide-react'
import { memo, type ReactNode, useEffect, useState } from 'react'
import { IconButton } from './button.tsx'
import { useToast } from './toast.tsx'

/** Puts a text onto the clipboard, and says that it did. Its icons cost more than it, so figures do not draw it again. */
export const CopyButton = memo(function CopyButton({ text, label }: { text: string | (() => string); label: string }) {
  const [copied, setCopied] = useState(false)
  const say = useToast()
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  async function copy() {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text())
      setCopied(true)
    } catch {
      say({
        tone: 'bad',
        title: 'Not copied',
        detail: 'The browser refused its clipboard. Select the text and copy it.',
      })
    }
  }
  return (
    <IconButton
      label={copied ? 'Copied' : label}
      icon={copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      onClick={() => void copy()}
    />
  )
})

/** An id, a path, a key that people copy: as it is, with a button. */
export function Copyable({ text, label, children }: { text: string; label: string; children?: ReactNode }) {
  return (
    // The button is higher than a line of text; the line must not be.
    <span className="inline-flex max-w-full items-center gap-1 [&>button]:-my-1.5">
      <code className="min-w-0 font-mono text-code [overflow-wrap:anywhere]">{children ?? text}</code>
      <CopyButton text={text} label={label} />
    </span>
  )
}

'use client'

import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Copyable } from './copy.tsx'
import { DialogActions } from './dialog-actions.tsx'
import { Notice } from './notice.tsx'

interface Props {
  text: string
  /** What the button that copies it is called. */
  label: string
  testId: string
  onDone: () => void
  /** What it opens, and for how long. */
  children: ReactNode
}

/** A secret of which the hub keeps only the hash: what a dialog shows this once. */
export function ShownOnce({ text, label, testId, onDone, children }: Props) {
  return (
    <>
      <Notice tone="warn" title="Copy it now">
        <p>{children}</p>
      </Notice>
      <p className="mt-4" data-testid={testId}>
        <Copyable text={text} label={label} />
      </p>
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          I have copied it
        </Button>
      </DialogActions>
    </>
  )
}

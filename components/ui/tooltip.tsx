'use client'

import * as Radix from '@radix-ui/react-tooltip'
import type { ReactNode } from 'react'

/** More words on hover and focus. Never the only place of what a person must know: a finger cannot hover. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root delayDuration={400}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          sideOffset={6}
          collisionPadding={8}
          className="appear z-50 max-w-80 rounded-md border border-line bg-raised px-2 py-1 text-text text-xs shadow-raised"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export const TooltipProvider = Radix.Provider

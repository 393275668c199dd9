'use client'

import * as Toast from '@radix-ui/react-toast'
import { X } from 'lucide-react'
import { IconButton } from './button.tsx'
import { Status } from './status.tsx'
import type { Message } from './toast.tsx'

/** The notices that stand in the corner. */
export function Notices({ messages, onGone }: { messages: readonly Message[]; onGone: (id: number) => void }) {
  return (
    <Toast.Provider duration={6000} label="Notice">
      {messages.map(({ id, tone, title, detail }) => (
        <Toast.Root
          key={id}
          onOpenChange={(open) => !open && onGone(id)}
          className="appear flex items-start justify-between gap-3 rounded-lg border border-line bg-raised p-3 shadow-raised"
          data-testid="toast"
        >
          <div className="min-w-0">
            <Toast.Title asChild>
              <div>
                <Status tone={tone} label={title} wrap />
              </div>
            </Toast.Title>
            {detail && <Toast.Description className="mt-0.5 break-words text-muted">{detail}</Toast.Description>}
          </div>
          <Toast.Close asChild>
            <IconButton label="Close notice" icon={<X aria-hidden="true" />} />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="fixed right-0 bottom-0 z-50 flex w-[min(24rem,100vw)] flex-col gap-2 p-4 max-md:bottom-14" />
    </Toast.Provider>
  )
}

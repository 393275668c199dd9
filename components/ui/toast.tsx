'use client'

import * as Toast from '@radix-ui/react-toast'
import { X } from 'lucide-react'
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import { Status } from './status.tsx'

interface Message {
  id: number
  tone: 'ok' | 'bad'
  title: string
  detail?: string
}

type Say = (message: Omit<Message, 'id'>) => void

const ToastContext = createContext<Say>(() => undefined)

/** Says how what the person just did went. Never for what happens anyway: that belongs into the page. */
export function useToast(): Say {
  return useContext(ToastContext)
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([])
  const last = useRef(0)
  const say = useCallback<Say>((message) => {
    last.current += 1
    const id = last.current
    setMessages((all) => [...all.slice(-2), { ...message, id }])
  }, [])
  const forget = (id: number) => setMessages((all) => all.filter((message) => message.id !== id))
  return (
    <ToastContext value={say}>
      <Toast.Provider duration={6000} label="Notice">
        {children}
        {messages.map(({ id, tone, title, detail }) => (
          <Toast.Root
            key={id}
            onOpenChange={(open) => !open && forget(id)}
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
    </ToastContext>
  )
}

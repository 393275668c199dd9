'use client'

import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from 'react'
import { useEver } from './ever.ts'
import { loadNotices } from './later.ts'

const Notices = lazy(async () => ({ default: (await loadNotices()).Notices }))

export interface Message {
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
  const said = useEver(messages.length > 0)
  const last = useRef(0)
  const say = useCallback<Say>((message) => {
    last.current += 1
    const id = last.current
    setMessages((all) => [...all.slice(-2), { ...message, id }])
  }, [])
  const forget = (id: number) => setMessages((all) => all.filter((message) => message.id !== id))
  return (
    <ToastContext value={say}>
      {children}
      {said && (
        <Suspense>
          <Notices messages={messages} onGone={forget} />
        </Suspense>
      )}
    </ToastContext>
  )
}

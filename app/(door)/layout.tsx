import type { ReactNode } from 'react'
import { ApiProvider } from '#components/trpc/client.tsx'
import { ToastProvider } from '#components/ui/toast.tsx'
import { TooltipProvider } from '#components/ui/tooltip.tsx'

/** What the pages in front of the door stand in. */
export default function DoorLayout({ children }: { children: ReactNode }) {
  return (
    <ApiProvider>
      <TooltipProvider>
        <ToastProvider>{children}</ToastProvider>
      </TooltipProvider>
    </ApiProvider>
  )
}

import type { ReactNode } from 'react'
import { ApiProvider } from '#components/trpc/client.tsx'

/** The pages in front of the door: narrow, nothing else on them. */
export default function DoorLayout({ children }: { children: ReactNode }) {
  return (
    <ApiProvider>
      <main className="mx-auto w-full max-w-md px-4 py-10 md:py-16">
        <p className="mb-6 font-semibold text-base">Sendense</p>
        {children}
      </main>
    </ApiProvider>
  )
}

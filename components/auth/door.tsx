import type { ReactNode } from 'react'
import { Brand } from '#components/shell/brand.tsx'

/** A page in front of the door: the brand, one card, nothing else. */
export function Door({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-sm sm:-mt-[8vh]">
        <div className="mb-5 flex justify-center">
          <Brand />
        </div>
        <div className="rounded-xl border border-line bg-surface p-6 shadow-raised">
          <header className="mb-5">
            <h1 className="font-semibold text-lg tracking-tight">{title}</h1>
            {lead && <p className="mt-1 text-muted">{lead}</p>}
          </header>
          {children}
        </div>
      </div>
    </main>
  )
}

'use client'

import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { type Engine, EngineBanner } from '#components/live/engine-banner.tsx'
import { StaleBanner } from '#components/live/stale-banner.tsx'
import { useEver } from '#components/ui/ever.ts'
import { ToastProvider } from '#components/ui/toast.tsx'
import { TooltipProvider } from '#components/ui/tooltip.tsx'
import { whenIdle } from '#components/ui/when-idle.ts'
import { loadLater, loadPalette } from './later.ts'
import { Rail } from './rail.tsx'
import { ThumbBar } from './thumb-bar.tsx'
import { TopBar } from './top-bar.tsx'
import { TypedAhead } from './typed-ahead.tsx'

const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))

interface ShellProps {
  buildId: string
  person: { name: string; role: string }
  engine: Engine | null
  children: ReactNode
}

/** What every signed-in page stands in. */
export function Shell({ buildId, person, engine, children }: ShellProps) {
  const [searching, setSearching] = useState(false)
  const asked = useEver(searching)
  const typed = useRef('')
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      setSearching((open) => !open)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  useEffect(() => whenIdle(() => void loadLater()), [])
  return (
    <TooltipProvider>
      <ToastProvider>
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:px-3 focus:py-2 focus:shadow-raised"
        >
          Skip to content
        </a>
        <div className="flex min-h-dvh">
          <Rail buildId={buildId} person={person} />
          <div className="flex min-w-0 flex-1 flex-col max-md:pb-14">
            <TopBar onSearch={() => setSearching(true)} />
            <StaleBanner />
            <EngineBanner first={engine} />
            <main id="main" tabIndex={-1} className="mx-auto w-full max-w-7xl flex-1 p-4 outline-none md:p-6">
              {children}
            </main>
          </div>
        </div>
        <ThumbBar />
        {asked && (
          <Suspense fallback={searching && <TypedAhead into={typed} />}>
            <Palette open={searching} onOpenChange={setSearching} typed={typed} />
          </Suspense>
        )}
      </ToastProvider>
    </TooltipProvider>
  )
}

'use client'

import { Search } from 'lucide-react'
import { LiveStatus } from '#components/live/status.tsx'
import { Button, IconButton } from '#components/ui/button.tsx'
import { Link } from '#components/ui/link.tsx'
import { Brand } from './brand.tsx'
import { ThemeMenu } from './theme-menu.tsx'

/** Search, whether the page is live, and how it looks. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center justify-between gap-3 border-line border-b bg-page px-4 md:px-6">
      <Link data-plain href="/" className="md:hidden" aria-label="Sendense: overview">
        <Brand />
      </Link>
      <Button
        className="w-72 justify-start font-normal text-muted! max-md:hidden"
        icon={<Search aria-hidden="true" />}
        onClick={onSearch}
        aria-keyshortcuts="Control+K Meta+K"
      >
        Search or jump to…
        <kbd className="ms-auto rounded border border-line px-1.5 font-sans text-xs leading-5">Ctrl K</kbd>
      </Button>
      <div className="flex items-center gap-2">
        <LiveStatus />
        <span className="md:hidden">
          <IconButton label="Search or jump to" icon={<Search aria-hidden="true" />} onClick={onSearch} />
        </span>
        <ThemeMenu />
      </div>
    </header>
  )
}

'use client'

import { usePathname } from 'next/navigation'
import { Link } from '#components/ui/link.tsx'
import { Brand } from './brand.tsx'
import { isHere, places } from './places.ts'

/** The way to every place, on screens that have room for it. */
export function Rail({ buildId }: { buildId: string }) {
  const pathname = usePathname()
  return (
    <div className="sticky top-0 flex h-dvh w-56 shrink-0 flex-col border-line border-r bg-surface max-md:hidden">
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col">
        <Link data-plain href="/" className="flex h-12 shrink-0 items-center px-4">
          <Brand />
        </Link>
        <ul className="grid min-h-0 content-start gap-0.5 overflow-y-auto p-2">
          {places.map(({ href, name, icon: Icon }) => (
            <li key={href}>
              <Link
                data-plain
                href={href}
                aria-current={isHere(href, pathname) ? 'page' : undefined}
                className="flex h-8 items-center gap-2.5 whitespace-nowrap rounded-md px-2.5 text-muted hover:bg-hover hover:text-text aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent"
              >
                <Icon className="size-4 shrink-0" strokeWidth={1.75} aria-hidden="true" />
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <footer className="px-4 py-3 text-muted text-xs">
        Build{' '}
        <code className="break-all font-mono" data-testid="build-id">
          {buildId}
        </code>
      </footer>
    </div>
  )
}

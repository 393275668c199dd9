'use client'

import { CircleUser } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { roleLabel } from '#components/access/words.ts'
import { Link } from '#components/ui/link.tsx'
import { Brand } from './brand.tsx'
import { isHere, places } from './places.ts'

/** The way to every place, and who is signed in, on screens that have room for it. */
export function Rail({ buildId, person }: { buildId: string; person: { name: string; role: string } }) {
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
      <footer className="grid gap-2 p-2 text-muted text-xs">
        <Link
          data-plain
          href="/settings"
          title="Your account"
          className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 hover:bg-hover hover:text-text"
        >
          <CircleUser className="size-4 shrink-0" strokeWidth={1.75} aria-hidden="true" />
          <span className="min-w-0">
            <span className="sr-only">Signed in as </span>
            <bdi className="block truncate font-medium text-text">{person.name}</bdi>
            <span className="block">{roleLabel(person.role)}</span>
          </span>
        </Link>
        <p className="px-2.5 pb-1">
          Build{' '}
          <code className="break-all font-mono" data-testid="build-id">
            {buildId}
          </code>
        </p>
      </footer>
    </div>
  )
}

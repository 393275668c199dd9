'use client'

import { usePathname } from 'next/navigation'
import { Link } from '#components/ui/link.tsx'

const places = [
  ['/', 'Overview'],
  ['/vms', 'Virtual machines'],
  ['/backups', 'Backups'],
  ['/repositories', 'Repositories'],
  ['/appliances', 'Appliances'],
  ['/exports', 'Exports & tunnels'],
  ['/settings', 'Settings'],
] as const

/** The way to every place; a row that scrolls on a narrow screen. */
export function Rail() {
  const pathname = usePathname()
  return (
    <nav aria-label="Main" className="border-line bg-surface max-md:border-b md:w-52 md:shrink-0 md:border-r">
      <p className="px-4 pt-3 font-semibold text-base md:pb-2">Sendense</p>
      <ul className="flex gap-1 overflow-x-auto p-2 md:sticky md:top-0 md:flex-col">
        {places.map(([href, name]) => {
          const here = href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
          return (
            <li key={href}>
              <Link
                data-plain
                href={href}
                aria-current={here ? 'page' : undefined}
                className="flex h-8 items-center whitespace-nowrap rounded-md px-2.5 text-muted hover:bg-hover hover:text-text aria-[current]:bg-hover aria-[current]:font-medium aria-[current]:text-text"
              >
                {name}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

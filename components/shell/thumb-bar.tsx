'use client'

import { Ellipsis } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { useHydrated } from '#components/format/hydrated.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import { Link } from '#components/ui/link.tsx'
import { isHere, type Place, places } from './places.ts'

const item =
  'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-muted text-xs aria-[current]:font-medium aria-[current]:text-accent'

/** The places on a phone: the three most used within the thumb's reach, the others one touch further. */
export function ThumbBar() {
  const pathname = usePathname()
  const hydrated = useHydrated()
  const [open, setOpen] = useState(false)
  const more = places.filter(({ thumb }) => !thumb)
  const away = more.some(({ href }) => isHere(href, pathname))
  return (
    <>
      <nav
        aria-label="Main"
        className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {places
          .filter(({ thumb }) => thumb)
          .map(({ href, name, icon: Icon }) => (
            <Link
              key={href}
              data-plain
              href={href}
              aria-current={isHere(href, pathname) ? 'page' : undefined}
              className={item}
            >
              <Icon className="size-5" strokeWidth={1.75} aria-hidden="true" />
              {name}
            </Link>
          ))}
        <button
          type="button"
          disabled={!hydrated}
          aria-current={away ? 'true' : undefined}
          className={item}
          onClick={() => setOpen(true)}
        >
          <Ellipsis className="size-5" strokeWidth={1.75} aria-hidden="true" />
          More
        </button>
      </nav>
      <Dialog open={open} onOpenChange={setOpen} title="More">
        <ul className="grid gap-1">
          {more.map((place) => (
            <MoreItem
              key={place.href}
              place={place}
              first={place === more[0]}
              here={isHere(place.href, pathname)}
              onGo={() => setOpen(false)}
            />
          ))}
        </ul>
      </Dialog>
    </>
  )
}

function MoreItem({
  place: { href, name, icon: Icon },
  first,
  here,
  onGo,
}: {
  place: Place
  first: boolean
  here: boolean
  onGo: () => void
}) {
  return (
    <li>
      <Link
        data-plain
        href={href}
        onClick={onGo}
        data-first={first || undefined}
        aria-current={here ? 'page' : undefined}
        className="flex h-11 items-center gap-3 rounded-md px-2 hover:bg-hover aria-[current]:text-accent"
      >
        <Icon className="size-5" strokeWidth={1.75} aria-hidden="true" />
        {name}
      </Link>
    </li>
  )
}

'use client'

import { usePathname } from 'next/navigation'
import { useMay } from '#components/access/who.tsx'
import { Link } from '#components/ui/link.tsx'
import type { RuleName } from '#contracts/access.ts'

/** `words`: what the palette finds them by besides. */
export const settingsTabs: readonly { href: string; name: string; rule: RuleName; words: string }[] = [
  { href: '/settings', name: 'You', rule: 'read', words: '' },
  { href: '/settings/access', name: 'Access', rule: 'own', words: 'token second factor 2fa session' },
  { href: '/settings/hub', name: 'Hub', rule: 'read', words: 'limits silence addresses health version support' },
  { href: '/settings/people', name: 'People', rule: 'people', words: 'user invite role' },
  { href: '/settings/audit', name: 'Audit', rule: 'people', words: 'trail log who' },
]

/** The parts of the settings, as far as the person may see them. */
export function SettingsTabs() {
  const pathname = usePathname()
  const may = useMay()
  return (
    <nav aria-label="Settings" className="mb-5 overflow-x-auto border-line border-b">
      <ul className="flex gap-1">
        {settingsTabs
          .filter(({ rule }) => may(rule))
          .map(({ href, name }) => (
            <li key={href}>
              <Link
                data-plain
                href={href}
                aria-current={pathname === href ? 'page' : undefined}
                className="flex h-9 items-center border-transparent border-b-2 px-3 text-muted hover:text-text aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-text pointer-coarse:h-11"
              >
                {name}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  )
}

'use client'

import { Time } from '#components/format/time.tsx'
import { ShownOnce } from '#components/ui/shown-once.tsx'
import type { PasswordLink } from '#contracts/people.ts'

/** A link that is shown this once. */
export function TheLink({ link, name, onDone }: { link: PasswordLink; name: string; onDone: () => void }) {
  return (
    <ShownOnce text={link.url} label="Copy the link" testId="password-link" onDone={onDone}>
      Whoever opens this link first chooses the password of {name}. It works once, until <Time at={link.expiresAt} />,
      and is shown this once.
    </ShownOnce>
  )
}

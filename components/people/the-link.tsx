'use client'

import { Time } from '#components/format/time.tsx'
import { Button } from '#components/ui/button.tsx'
import { Copyable } from '#components/ui/copy.tsx'
import { DialogActions } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { PasswordLink } from '#contracts/people.ts'

/** A link that is shown this once. */
export function TheLink({ link, name, onDone }: { link: PasswordLink; name: string; onDone: () => void }) {
  return (
    <>
      <Notice tone="warn" title="Copy it now">
        <p>
          Whoever opens this link first chooses the password of {name}. It works once, until{' '}
          <Time at={link.expiresAt} />, and is shown this once.
        </p>
      </Notice>
      <p className="mt-4" data-testid="password-link">
        <Copyable text={link.url} label="Copy the link" />
      </p>
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          I have copied it
        </Button>
      </DialogActions>
    </>
  )
}

'use client'

import { parseAsStringLiteral, useQueryState } from 'nuqs'

const on = parseAsStringLiteral(['1'])

/** Whether something is open, kept in the address (`?add=1`): a link can lead there, and going back closes it. */
export function useFlag(name: string): [boolean, (open: boolean) => void] {
  const [value, setValue] = useQueryState(name, on.withOptions({ history: 'push' }))
  return [value === '1', (open) => void setValue(open ? '1' : null)]
}

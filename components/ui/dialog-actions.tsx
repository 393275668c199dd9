import type { ReactNode } from 'react'

/** The buttons at the end of a dialog: what goes on to the right, under the thumb on a phone. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <footer className="mt-5 flex flex-wrap justify-end gap-2 max-sm:[&>button]:flex-1">{children}</footer>
}

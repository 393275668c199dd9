'use client'

import { setNonce } from 'get-nonce'
import { ThemeProvider as NextThemes } from 'next-themes'
import { type ReactNode, useState } from 'react'

/**
 * Light, dark, or as the system has it; remembered in the browser and set before the first paint. The nonce lets that
 * script run, and the style sheet by which an open dialog keeps the page behind it still.
 */
export function ThemeProvider({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  useState(() => {
    if (nonce) setNonce(nonce)
  })
  return (
    <NextThemes attribute="data-theme" defaultTheme="system" enableColorScheme={false} nonce={nonce}>
      {children}
    </NextThemes>
  )
}

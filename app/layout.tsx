import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { ThemeProvider } from '#components/shell/theme.tsx'
import { pageNonce } from '#server/web/nonce.ts'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Sendense', template: '%s · Sendense' },
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f7f8fa' },
    { media: '(prefers-color-scheme: dark)', color: '#0c0e12' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Every page is made for its request: the policy's nonce and the session are the request's.
  await connection()
  return (
    // The theme's script sets an attribute here before React takes over.
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body>
        <ThemeProvider nonce={await pageNonce()}>{children}</ThemeProvider>
      </body>
    </html>
  )
}

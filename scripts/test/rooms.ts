/** The parts of the product that have import rules: DESIGN, "Layout". */
export interface Room {
  /** Rooms it may import from, besides itself. */
  uses: readonly string[]
  /** Rooms it may import types from. */
  types?: readonly string[]
}

export const rooms: Readonly<Record<string, Room>> = {
  contracts: { uses: [] },
  lib: { uses: ['contracts'] },
  // How figures are written, once for all who speak to people: pure, and fit for the browser.
  'lib/format': { uses: [] },
  appliance: { uses: ['contracts', 'lib', 'lib/format'] },
  'server/domain': { uses: ['contracts', 'lib/format'] },
  'server/drivers': { uses: ['contracts', 'lib', 'lib/format'] },
  'server/db': { uses: ['contracts', 'lib', 'server/domain'] },
  'server/events': { uses: ['contracts', 'lib', 'server/db'] },
  'server/services': { uses: ['contracts', 'lib', 'server/domain', 'server/db'], types: ['server/env.ts'] },
  'server/trpc': { uses: ['contracts', 'server/services'] },
  'server/rest': { uses: ['contracts', 'lib', 'server/services', 'server/trpc'] },
  'server/web': {
    uses: [
      ...['contracts', 'lib', 'components', 'server/container.ts', 'server/env.ts', 'server/services', 'server/trpc'],
      'server/rest',
    ],
  },
  'server/jobs': {
    uses: ['contracts', 'lib', 'lib/format', 'server/domain', 'server/db', 'server/drivers'],
    types: ['server/engine'],
  },
  'server/engine': {
    uses: [
      ...['contracts', 'lib', 'server/domain', 'server/db', 'server/drivers', 'server/services', 'server/jobs'],
      'server/env.ts',
    ],
  },
  'server/launcher': { uses: ['contracts', 'lib', 'server/db', 'server/env.ts', 'server/container.ts'] },
  'server/container.ts': {
    uses: ['contracts', 'lib', 'server/db', 'server/drivers', 'server/env.ts', 'server/events', 'server/services'],
  },
  'server/env.ts': { uses: [] },
  client: { uses: ['contracts'], types: ['server/trpc'] },
  cli: { uses: ['lib', 'lib/format'] },
  components: { uses: ['contracts', 'lib/format'], types: ['server/trpc'] },
  app: { uses: ['contracts', 'lib', 'components', 'server/web', 'server/trpc'] },
}

/** Packages that only some rooms may import. A room stands for all below it. */
export const packageRooms: Readonly<Record<string, readonly string[]>> = {
  pg: ['server/db'],
  '@prisma/client': ['server/db'],
  '@prisma/adapter-pg': ['server/db'],
  'graphile-worker': ['server/db', 'server/engine', 'server/launcher'],
  'server-only': ['server/trpc', 'server/web'],
  execa: ['lib/process'],
  next: ['app', 'components', 'server/web', 'proxy.ts'],
  react: ['app', 'components', 'server/web'],
  'better-auth': ['server/services/auth', 'server/web', 'components/auth'],
}

/** Files outside of the entries below never read the environment: settings are handed to them. */
export const environmentReaders: readonly string[] = [
  'server/env.ts',
  'server/launcher/main.ts',
  'lib/process/run.ts',
  'cli/main.ts',
  // NODE_ENV and NEXT_RUNTIME only, which Next replaces when it builds.
  'proxy.ts',
  'instrumentation.ts',
]

/** The room of a file; null when no rule is about it (scripts, e2e, settings of tools). */
export function roomOf(file: string): string | null {
  const names = Object.keys(rooms).filter((name) => file === name || file.startsWith(`${name}/`))
  return names.toSorted((a, b) => b.length - a.length)[0] ?? null
}

/** Tests and what only they use may look into other rooms. */
export function isTestOnly(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || file.includes('/testing/')
}

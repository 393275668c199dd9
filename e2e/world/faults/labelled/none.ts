import { stalledBrowser } from '../../stalled-browser.ts'
import { BRISK, KEY, type Lab, PACE } from './lab.ts'
import type { Arranged, LabelledFault } from './label.ts'

/** Whoever stays silent about these is right. */
export const calm = { hop: null, kinds: [], says: /^/, remedy: /^/, ends: 'completed' } as const

const straight = (lab: Lab, which: 'whole' | 'scattered' | 'empty'): Arranged => ({
  disks: [{ key: KEY, path: lab.disks[which].path }],
  files: [{ key: KEY, path: lab.disks[which].path }],
  slow: null,
  [Symbol.asyncDispose]: async () => undefined,
})

/** Backups of which nothing bad must be said: disks of several kinds, as fast as they come or at a pace. */
export const healthyRuns: readonly LabelledFault[] = [
  { ...calm, name: 'healthy: a file', arrange: async (lab) => straight(lab, 'whole'), when: 'start' },
  { ...calm, name: 'healthy: scattered data', arrange: async (lab) => straight(lab, 'scattered'), when: 'start' },
  { ...calm, name: 'healthy: served at a pace', when: 'start' },
  {
    ...calm,
    name: 'healthy: two disks, one empty',
    arrange: async (lab) => {
      const { path } = lab.disks.empty
      const first = straight(lab, 'whole')
      const second = { key: KEY + 1, path }
      return { ...first, disks: [...first.disks, second], files: [...first.files, second] }
    },
    when: 'start',
  },
]

/** Troubles that must not become one of a backup. */
export const harmless: readonly LabelledFault[] = [
  { ...calm, name: 'disk empty (no fault)', arrange: async (lab) => straight(lab, 'empty'), when: 'start' },
  // The stack's appliance lives minutes ahead, see openLab.
  {
    ...calm,
    name: 'clocks minutes apart (no fault)',
    arrange: (lab, name) => lab.serve(name, lab.disks.whole, BRISK),
    when: 'start',
  },
  {
    ...calm,
    name: 'browser stopped reading (no fault)',
    arrange: (lab, name) => lab.serve(name, lab.disks.whole, PACE),
    when: 'copy',
    inject: async ({ lab }) => {
      const browser = await stalledBrowser(lab.stack)
      return () => Promise.resolve(browser[Symbol.asyncDispose]())
    },
  },
]

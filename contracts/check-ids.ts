/** What is looked at before a backup is trusted to work, in the order in which people read it. */
export const checkIds = [
  'appliance',
  'tools',
  'clock',
  'dns',
  'host-key',
  'source',
  'repository',
  'writable',
  'room',
  'ports',
  'tunnel',
  'canary',
  'stored',
  'connections',
  'removed',
] as const
export type CheckId = (typeof checkIds)[number]

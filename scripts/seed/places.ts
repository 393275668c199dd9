import { MARK } from './machines.ts'
import type { Random } from './random.ts'

const TIB = 1024 ** 4

/**
 * Appliances that are known and let in no more (paused): the engine neither dials them nor puts their keys anywhere. Their
 * ports lie outside the range that the hub gives to real ones.
 */
export const makeAppliances = (random: Random) =>
  ['berlin-rack-1', 'berlin-rack-2', 'paris-edge', 'laboratory'].map((name, index) => ({
    ...{ id: random.uuid(), name: `${MARK}${name}`, state: 'paused' as const, enabled: false, apiPort: 19_081 + index },
    ...{ publicKey: `ssh-ed25519 ${MARK}${name}`, fingerprint: `SHA256:${MARK}${name}` },
    apiTokenSealed: new Uint8Array(32),
  }))

export const makeRepositories = (random: Random, now: Date) =>
  [
    { name: 'nas-1', total: 80, free: 31 },
    { name: 'nas-2', total: 80, free: 7 },
    { name: 'archive', total: 240, free: 120 },
  ].map(({ name, total, free }) => ({
    ...{ id: random.uuid(), name: `${MARK}${name}`, path: `/srv/${MARK}${name}`, checkedAt: now },
    ...{ totalBytes: BigInt(total * TIB), freeBytes: BigInt(free * TIB) },
  }))

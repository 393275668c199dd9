import { besideKinds } from './file-kinds.ts'
import { imageKinds } from './image-kinds.ts'
import type { Kind } from './kind.ts'
import { harmlessKinds, liveKinds } from './live-kinds.ts'
import { wireKinds } from './wire-kinds.ts'

/** Every way to change bytes of a backup. */
export const damagingKinds: readonly Kind[] = [...wireKinds, ...liveKinds, ...imageKinds, ...besideKinds]
/** They write, and change nothing. */
export const calmKinds: readonly Kind[] = harmlessKinds

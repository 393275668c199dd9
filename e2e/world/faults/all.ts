import * as control from './control.ts'
import type { Fault } from './fault.ts'
import * as killed from './killed.ts'

/** Every fault that a backup can be disturbed with. */
export const faults: readonly Fault[] = [...Object.values(killed), ...Object.values(control)]

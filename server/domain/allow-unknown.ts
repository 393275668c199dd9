/** A person's word that a disk may be backed up although nobody knows whether it keeps its state. */
export interface Allowance {
  allowUnknownUntil: Date | null
}

/** It ends by its date, to the millisecond. */
export const isAllowed = ({ allowUnknownUntil }: Allowance, now: Date): boolean =>
  allowUnknownUntil !== null && allowUnknownUntil > now

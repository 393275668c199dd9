/** What may be said of a restore point now. No zod in here: pages decide by the same words. */

/**
 * From what is good to what is worst. `unproved`: nothing is wrong that could be asked, but its content cannot be proved
 * (no digest map). `not-looked-at`: nobody has been able to look for too long, whatever it was then.
 */
export const standings = ['ok', 'unproved', 'not-looked-at', 'missing', 'damaged'] as const
export type Standing = (typeof standings)[number]

/** The one rule by which a restore point counts: as kept, as protection, as the newest good one. Nothing unknown does. */
export const isUsable = (standing: Standing | null): boolean => standing === 'ok'

/** A standing as a person reads it. */
export const standingLabels: Record<Standing, string> = {
  ok: 'Ok',
  unproved: 'No digest map',
  'not-looked-at': 'Not looked at',
  missing: 'Missing',
  damaged: 'Damaged',
}

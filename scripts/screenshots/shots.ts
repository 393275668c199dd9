/** Sizes of the window that pictures are taken at, in CSS pixels. */
export const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

export type Size = keyof typeof sizes
export type Theme = 'light' | 'dark'

export interface Shot {
  name: string
  size: Size
  theme: Theme
}

/** Together: what a repository can bear that keeps every former picture too. */
export const MAX_TOTAL_BYTES = 3 * 1024 * 1024

/** Pages that have a picture for phones as well: those that a person opens on one. */
const onPhones: readonly string[] = ['overview', 'backup-live']

/** Every picture of a page: both themes, wide, some on a phone. */
export function shotsOf(name: string): Shot[] {
  const all: Size[] = onPhones.includes(name) ? ['wide', 'phone'] : ['wide']
  return all.flatMap((size) => (['light', 'dark'] as const).map((theme) => ({ name, size, theme })))
}

/** `overview-light.png`, `overview-phone-dark.png`. */
export function fileOf({ name, size, theme }: Shot): string {
  return `${[name, ...(size === 'phone' ? ['phone'] : []), theme].join('-')}.png`
}

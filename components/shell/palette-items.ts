/** One thing the palette can do or lead to. */
export interface PaletteItem {
  id: string
  group: 'Pages' | 'Actions' | 'Virtual machines'
  label: string
  hint?: string
  /** Further words it is found by. */
  words?: string
}

/** Items shown at once, so that a thousand machines cost nothing. */
const LIMIT = 40

/**
 * What matches every word of the query, in any order and case; what begins with the query comes first. Without a query
 * the machines stay out: there are too many to read.
 */
export function findItems<T extends PaletteItem>(items: readonly T[], query: string): T[] {
  const asked = query.trim().toLowerCase()
  if (asked === '') return items.filter(({ group }) => group !== 'Virtual machines').slice(0, LIMIT)
  const words = asked.split(/\s+/)
  const found = items.filter((item) => {
    const text = `${item.label} ${item.hint ?? ''} ${item.words ?? ''}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const begins = ({ label }: T) => (label.toLowerCase().startsWith(asked) ? 0 : 1)
  return found.toSorted((a, b) => begins(a) - begins(b)).slice(0, LIMIT)
}

const marks = (name: string) => [`<!-- ${name}: written by npm run docs:api -->`, `<!-- /${name} -->`] as const

/** The text between the marks of a part. @throws Error when the page has no such part */
export function partOf(page: string, name: string): string {
  const [begin, end] = marks(name)
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no part "${name}"`)
  return page.slice(from + begin.length, to).trim()
}

/** The page with another text between the marks. */
export function withPart(page: string, name: string, text: string): string {
  const [begin, end] = marks(name)
  partOf(page, name)
  return `${page.slice(0, page.indexOf(begin) + begin.length)}\n\n${text.trim()}\n\n${page.slice(page.indexOf(end))}`
}

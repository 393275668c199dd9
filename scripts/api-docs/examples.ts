/** One request of the docs, and what it is for. */
export interface Example {
  title: string
  method: string
  path: string
  body?: object
  headers?: Record<string, string>
}

export interface Told extends Example {
  status: number
  answer: unknown
}

const MOST_ITEMS = 2

/** An answer short enough to read: of long lists the first ones, without empty depths. */
export function shortened(value: unknown): unknown {
  if (Array.isArray(value)) {
    const short = value.slice(0, MOST_ITEMS).map(shortened)
    return value.length > MOST_ITEMS ? [...short, `… ${value.length - MOST_ITEMS} more`] : short
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]))
}

/** Paths of the machine that the docs were made on say nothing to readers. */
export const neutral = (text: string, replaced: ReadonlyMap<string, string>) =>
  [...replaced].reduce((all, [from, to]) => all.replaceAll(from, to), text)

function curl({ method, path, body, headers = {} }: Example): string {
  const words = [
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body ? ["-H 'content-type: application/json'", `-d '${JSON.stringify(body)}'`] : []),
  ]
  return ['hub', ...words, `"$URL/api/v1${path}"`].join(' ')
}

/** The examples as the page has them. */
export function exampleText(told: readonly Told[], replaced: ReadonlyMap<string, string>): string {
  const texts = told.map((each) => {
    const answer = JSON.stringify(shortened(each.answer), null, 2)
    return `### ${each.title}\n\n\`\`\`sh\n${curl(each)}\n\`\`\`\n\n${each.status}\n\n\`\`\`json\n${answer}\n\`\`\``
  })
  return neutral(texts.join('\n\n'), replaced)
}

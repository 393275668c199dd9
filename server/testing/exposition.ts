/** One metric as its text told it. */
export interface Family {
  type: string
  help: string | null
  samples: { labels: Record<string, string>; value: number }[]
}

const plain = (text: string) => text.replace(/\\(["\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char))

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest)
    if (!match) throw new Error(`labels: ${rest}`)
    const [whole, name = '', value = ''] = match
    if (name in labels) throw new Error(`label ${name} stands twice`)
    labels[name] = plain(value)
    rest = rest.slice(whole.length)
  }
  return labels
}

/**
 * Reads the Prometheus text format (0.0.4), stricter than Prometheus itself: each metric is announced by its type, no series
 * stands twice, the last line ends. @throws Error naming the line
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  const helps = new Map<string, string>()
  const seen = new Set<string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (comment) {
      const [, what, name = '', words = ''] = comment
      if (what === 'HELP') helps.set(name, words)
      else if (families.has(name)) throw new Error(`${name} is announced twice`)
      else if (!/^(counter|gauge|histogram|summary|untyped)$/.test(words)) throw new Error(line)
      else families.set(name, { type: words, help: helps.get(name) ?? null, samples: [] })
      continue
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/i.exec(line)
    const family = families.get(sample?.[1] ?? '')
    if (!sample || !family) throw new Error(`not a sample of an announced metric: ${line}`)
    const series = line.slice(0, line.lastIndexOf(' '))
    if (seen.has(series)) throw new Error(`twice: ${series}`)
    seen.add(series)
    family.samples.push({ labels: parseLabels(sample[2] ?? ''), value: Number(sample[3]) })
  }
  return families
}

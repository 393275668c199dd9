import { Bytes } from '#components/format/byte-count.tsx'
import { Time } from '#components/format/time.tsx'
import { keptSamples } from '#contracts/sample-rules.ts'
import { formatDuration } from '#lib/format/duration.ts'
import { CHART_HEIGHT, type Growth } from './model.ts'

const MOST_ROWS = 120

/** The chart as numbers, newest first; a long one shows samples spread evenly. */
export function GrowthTable({ growth, label }: { growth: Growth; label: string }) {
  const { at, series } = growth
  const begin = at[0] ?? 0
  const rows = keptSamples(at, MOST_ROWS, Number.POSITIVE_INFINITY).toReversed()
  return (
    <section
      className="overflow-auto rounded-md border border-line"
      style={{ height: CHART_HEIGHT }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
    >
      <table className="w-full text-xs">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-page text-muted">
          <tr>
            <th scope="col" className="px-2 py-1 text-start font-medium">
              After
            </th>
            <th scope="col" className="px-2 py-1 text-start font-medium max-sm:hidden">
              At
            </th>
            {series.map(({ name }) => (
              <th key={name} scope="col" className="px-2 py-1 text-end font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((index) => (
            <tr key={at[index]} className="border-line border-t">
              <td className="whitespace-nowrap px-2 py-0.5">{formatDuration(((at[index] ?? begin) - begin) / 1000)}</td>
              <td className="px-2 py-0.5 text-muted max-sm:hidden">
                <Time at={new Date(at[index] ?? begin).toISOString()} />
              </td>
              {series.map(({ name, values }) => (
                <td key={name} className="px-2 py-0.5 text-end">
                  <Bytes value={values[index] ?? null} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

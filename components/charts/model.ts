/** One line of a chart. */
export interface Series {
  name: string
  values: readonly (number | null)[]
  /** The one the chart is about is drawn strong, with its area; others thin. */
  main?: boolean
}

/** What a growth chart shows: byte counts over time, against what there is to reach. */
export interface Growth {
  /** Milliseconds since 1970, rising. */
  at: readonly number[]
  series: readonly Series[]
  target: { name: string; value: number } | null
  /** The time axis ends with the last sample; else it leaves room to grow. */
  ended: boolean
}

export const CHART_HEIGHT = 168
export const MARGIN = { top: 8, right: 8, bottom: 20, left: 58 }

import { expect, it } from 'vitest'
import { zoneWords } from './zone.ts'

it.each([
  [0, 'UTC', 'UTC'],
  [60, 'Europe/Berlin', 'Europe/Berlin, UTC+01:00'],
  [-210, 'America/St_Johns', 'America/St_Johns, UTC−03:30'],
  [345, 'UTC', 'UTC+05:45'],
])('%d minutes east is %s %s', (east, name, words) => {
  expect(zoneWords(new Date(0), east, name)).toBe(words)
})

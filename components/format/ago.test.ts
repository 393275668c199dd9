import { expect, it } from 'vitest'
import { formatAgo } from './ago.ts'

const now = Date.parse('2026-11-23T12:00:00.000Z')
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString()

it.each([
  [-5, 'just now'],
  [59, 'just now'],
  [60, '1 min ago'],
  [3599, '59 min ago'],
  [7200, '2 h ago'],
  [86_400 * 29.9, '29 d ago'],
  [86_400 * 30, '1 mo ago'],
  [86_400 * 800, '2 y ago'],
])('%d s before is %s', (seconds, text) => expect(formatAgo(before(seconds), now)).toBe(text))

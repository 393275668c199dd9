import { expect, it } from 'vitest'
import { readEnv } from '#server/env.ts'
import { settingsOf } from './kit.ts'
import { parseOptions } from './options.ts'

it('understands its commands, and nothing else', () => {
  expect(parseOptions(['rotate'])).toEqual({ command: 'rotate' })
  expect(parseOptions(['recovery-kit', '--out', 'k'])).toEqual({ command: 'recovery-kit', out: 'k' })
  expect(parseOptions(['--help'])).toEqual({ command: 'help' })
  for (const wrong of [[], ['fly'], ['rotate', 'now'], ['rotate', '--out', 'k'], ['recovery-kit'], ['rotate', '--x']])
    expect(() => parseOptions(wrong), wrong.join(' ')).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'bad_input' }) }),
    )
})

it('keeps settings without the database’s password', () => {
  const env = readEnv({ NODE_ENV: 'test', SENDENSE_HOME: '/h', DATABASE_URL: 'postgresql://u:hunter2@db/s?host=/x' })
  const text = settingsOf(env)
  expect(text).toContain('SENDENSE_HOME=/h\n')
  expect(text).toContain('DATABASE_URL=postgresql://u:PASSWORD@db/s?host=/x\n')
  expect(text).not.toContain('hunter2')
  expect(text).toContain('SENDENSE_EXPORT_PORTS=10100-10200\n')
})

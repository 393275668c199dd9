import { expect, test } from 'vitest'
import { readEnv } from '../env.ts'
import { childEnv } from './child-env.ts'

test('engine and web read the very settings of the launcher', () => {
  const source = { SENDENSE_HOME: '/srv/hub', SENDENSE_HTTP_PORT: '3456', SENDENSE_EXPORT_PORTS: '11000-11010' }
  const env = readEnv(source as unknown as NodeJS.ProcessEnv)
  const variables = childEnv(env, 'postgresql://sendense@localhost/sendense?host=%2Fsrv', source)
  const { databaseUrl, ...same } = readEnv(variables as unknown as NodeJS.ProcessEnv)
  expect(databaseUrl).toBe('postgresql://sendense@localhost/sendense?host=%2Fsrv')
  expect(same).toEqual((({ databaseUrl: _, ...rest }) => rest)(env))
})

test('nothing of the shell reaches them but what is named', () => {
  const env = readEnv({ SENDENSE_HOME: '/srv/hub' } as unknown as NodeJS.ProcessEnv)
  const variables = childEnv(env, 'x', { AWS_SECRET: 's', HOME: '/root', SENDENSE_EXTRA: '1', NODE_OPTIONS: '-r x' })
  expect(variables).toMatchObject({ HOME: '/root', SENDENSE_EXTRA: '1' })
  expect(Object.keys(variables)).not.toContain('AWS_SECRET')
  expect(Object.keys(variables)).not.toContain('NODE_OPTIONS')
})

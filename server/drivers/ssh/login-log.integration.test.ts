import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { testDirectory } from '../testing/directory.ts'
import { LoginLog } from './login-log.ts'
import { loginLine } from './parse.ts'

const A = '127.0.0.1 1001'
const B = '127.0.0.1 1002'
const from = (peer: string) => `Connection from ${peer.replace(' ', ' port ')} on 127.0.0.1 port 22 rdomain ""\r\n`
const live = (...peers: string[]) => new Set(peers)

it('follows the log as it grows, line by line', async () => {
  await using made = await testDirectory()
  const file = path.join(made.path, 'log')
  await writeFile(file, from(A))
  const log = new LoginLog(file, 'u')
  expect((await log.read(live(A))).get(A)).toBeNull()
  const line = loginLine('u', A, 'SHA256:a')
  await appendFile(file, line.slice(0, 30))
  expect((await log.read(live(A))).get(A)).toBeNull()
  await appendFile(file, line.slice(30))
  expect((await log.read(live(A))).get(A)).toBe('SHA256:a')
})

it('a new connection of the same peer port has no name until it has logged in', async () => {
  await using made = await testDirectory()
  const file = path.join(made.path, 'log')
  await writeFile(file, from(A) + loginLine('u', A, 'SHA256:old') + from(A))
  const log = new LoginLog(file, 'u')
  expect((await log.read(live(A))).get(A)).toBeNull()
  await appendFile(file, loginLine('u', A, 'SHA256:new'))
  expect((await log.read(live(A))).get(A)).toBe('SHA256:new')
})

it('forgets who is gone, and starts again when the log was cut by somebody else', async () => {
  await using made = await testDirectory()
  const file = path.join(made.path, 'log')
  await writeFile(file, loginLine('u', A, 'SHA256:a') + loginLine('u', B, 'SHA256:b'))
  const log = new LoginLog(file, 'u')
  expect((await log.read(live(A, B))).size).toBe(2)
  expect([...(await log.read(live(B))).keys()]).toEqual([B])
  await truncate(file)
  await appendFile(file, loginLine('u', A, 'SHA256:c'))
  expect((await log.read(live(A, B))).get(A)).toBe('SHA256:c')
})

it('stays bounded, and a later reader still learns who is connected', async () => {
  await using made = await testDirectory()
  const file = path.join(made.path, 'log')
  await writeFile(file, loginLine('u', A, 'SHA256:a'))
  const log = new LoginLog(file, 'u', 100_000)
  for (let i = 0; i < 50; i++) {
    await appendFile(file, `${'Connection closed by invalid user x 10.0.0.1 port 5 [preauth]\r\n'.repeat(100)}`)
    expect((await log.read(live(A))).get(A)).toBe('SHA256:a')
    expect((await stat(file)).size).toBeLessThan(110_000)
  }
  expect((await readFile(file, 'utf8')).split('\n').filter((line) => line.startsWith('Accepted'))).toHaveLength(1)
  expect((await new LoginLog(file, 'u').read(live(A))).get(A)).toBe('SHA256:a')
})

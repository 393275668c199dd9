import path from 'node:path'
import { expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { appliancePaths } from './config.ts'
import { readConfig } from './config-file.ts'
import { testDirectory } from './testing/directory.ts'

const main = path.join(import.meta.dirname, 'main.ts')
const call = (...args: string[]) => run(process.execPath, [main, ...args], { timeoutMs: 30_000 })

it('join writes the hub into the settings, keeps the rest, and refuses what is no hub', async () => {
  await using directory = await testDirectory('join')
  const data = path.join(directory.path, 'data')
  await call('init', '--data', data, '--name', 'n', '--listen', '127.0.0.3', '--api-port', '9999')
  const words = ['--hub-user', 'sendense-tunnel', '--host-key', 'ssh-ed25519 AAAAC3Nz', '--control-port', '9081']
  const bad = await call('join', '--data', data, '--hub-host', 'hub -oX=y', '--hub-port', '22', ...words)
  expect(bad.exitCode).toBe(1)
  expect(bad.stderr).toContain('no hub to dial')
  const { config } = appliancePaths(data)
  expect((await readConfig(config)).hub).toBeNull()

  const done = await call('join', '--data', data, '--hub-host', 'hub.example', '--hub-port', '22', ...words)
  expect(done).toMatchObject({ ok: true, stdout: expect.stringContaining('hub.example, port 22') })
  expect(await readConfig(config)).toMatchObject({
    name: 'n',
    apiPort: 9999,
    hub: { sshHost: 'hub.example', sshPort: 22, sshUser: 'sendense-tunnel', apiPort: 9081 },
  })
})

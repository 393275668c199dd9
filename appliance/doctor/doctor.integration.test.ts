import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runOrThrow } from '#lib/process/run.ts'
import { appliancePaths } from '../config.ts'
import { readConfig, writeConfig } from '../config-file.ts'
import { init } from '../init.ts'
import { testDirectory } from '../testing/directory.ts'
import { examine } from './doctor.ts'
import { checkNode } from './host.ts'
import { checkClock } from './hub.ts'
import { type Finding, renderFindings } from './report.ts'

const of = (findings: readonly Finding[], what: string) => findings.find((finding) => finding.what === what)

test('what is wrong is named with what to do; nothing is changed', async () => {
  await using directory = await testDirectory('doctor')
  expect(of(await examine(directory.path), 'settings')).toMatchObject({
    outcome: 'failed',
    remedy: expect.stringContaining('enroll'),
  })

  const dataDir = path.join(directory.path, 'data')
  const paths = appliancePaths(dataDir)
  await init({ dataDir, name: 'n', listenHost: '127.0.97.2', apiPort: 19_081 })
  const fresh = await examine(dataDir)
  expect(fresh.filter(({ outcome }) => outcome === 'failed').map(({ what }) => what)).toEqual(['hub'])
  expect(of(fresh, 'nbdkit')?.detail).toMatch(/^\d/)

  const config = await readConfig(paths.config)
  const hostKey = (
    await runOrThrow('ssh-keygen', ['-yf', paths.controlKey], { code: 'internal', happened: 'x' })
  ).stdout.trim()
  const taken = createServer((socket) => void socket.end('HTTP/1.1 400\r\n')).listen(0, '127.0.97.2')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  await writeConfig(paths.config, {
    ...config,
    apiPort: port,
    hub: { sshHost: '127.0.97.2', sshPort: port, sshUser: 'u', hostKey, apiPort: 9081 },
    sources: [
      { name: 's', kind: 'image', vms: [{ ref: 'r', name: 'web', disks: [{ key: 2000, path: '/nowhere/web.raw' }] }] },
    ],
  })
  await chmod(paths.apiToken, 0o644)
  const bad = await examine(dataDir)
  taken.close()
  for (const [what, words] of [
    ['files', paths.apiToken],
    ['API port', 'taken by another program'],
    ['disk 2000 of web', 'ENOENT'],
    ['hub', 'no SSH server'],
    ['tunnel', 'does not run'],
  ] as const)
    expect(of(bad, what), what).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining(words),
      remedy: expect.any(String),
    })
  const text = renderFindings(bad)
  expect(text).toContain('failed          hub: ')
  expect(text).toMatch(/→ chmod -R go-rwx/)
  expect(text).toMatch(/5 of \d+ checks failed\.\n$/)
})

test('an old Node, and a clock that is wrong', async () => {
  expect(checkNode('20.1.0').outcome).toBe('failed')
  expect(checkNode('24.0.0').outcome).toBe('passed')
  const { createServer: createHttpServer } = await import('node:http')
  const hub = createHttpServer((_, response) => void response.end('{}')).listen(0, '127.0.0.1')
  await once(hub, 'listening')
  const { port } = hub.address() as { port: number }
  const config = { hubUrl: `http://127.0.0.1:${port}/` } as Parameters<typeof checkClock>[0]
  expect((await checkClock(config)).outcome).toBe('passed')
  expect(await checkClock(config, () => Date.now() + 60_000)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('ahead'),
  })
  expect(await checkClock(config, () => Date.now() - 60_000)).toMatchObject({
    detail: expect.stringContaining('behind'),
  })
  hub.closeAllConnections()
  hub.close()
  expect((await checkClock({ ...config, hubUrl: null })).outcome).toBe('not applicable')
})

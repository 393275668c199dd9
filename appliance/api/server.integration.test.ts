import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applianceErrorSchema, applianceMethods, PROTOCOL_HEADER, PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { makeDisk } from '../testing/directory.ts'
import { addVm, diskPath, startWorld, type TestWorld } from '../testing/job.ts'
import { MAX_BODY_BYTES } from './body.ts'

let world: TestWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

function problemCode(text: string): string | undefined {
  try {
    return applianceErrorSchema.parse(JSON.parse(text)).problem.code
  } catch {
    return undefined
  }
}

/** A raw request: status, headers and the problem of the answer. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
) {
  const { listenHost: host, apiPort: port, token } = world.appliance
  const headers = { authorization: `Bearer ${token}`, [PROTOCOL_HEADER]: String(PROTOCOL_VERSION), ...options.headers }
  return new Promise<{ status: number; headers: Record<string, unknown>; code: string | undefined; text: string }>(
    (resolve, reject) => {
      const sent = request({ host, port, path, method: options.method ?? 'POST', headers, agent: false }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => {
          const code = problemCode(text)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, code, text })
        })
      })
      sent.on('error', reject)
      sent.end(options.method === 'GET' ? undefined : (options.body ?? '{}'))
    },
  )
}

describe('who may ask', () => {
  const paths = [...Object.keys(applianceMethods).map((name) => `/v1/${name}`), '/v1/heartbeat', '/', '/nowhere']
  test.each(paths)('%s answers nobody without the token', async (path) => {
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Basic x', `bearer ${world.appliance.token}`])
      for (const method of ['GET', 'POST']) {
        const answer = await ask(path, { method, headers: { authorization } })
        expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' })
        expect(answer.headers[PROTOCOL_HEADER]).toBe(String(PROTOCOL_VERSION))
      }
  })

  test('a hub of another protocol is told both sides', async () => {
    const answer = await ask('/v1/hello', { headers: { [PROTOCOL_HEADER]: '99', 'sendense-build': 'abc' } })
    expect(answer).toMatchObject({ status: 409, code: 'protocol_mismatch' })
    expect(answer.text).toMatch(new RegExp(`protocol 99 \\(build abc\\).*protocol ${PROTOCOL_VERSION} `))
  })
})

describe('what may be asked', () => {
  test.each([
    ['/v1/jobs.prepare', '{"jobId":"../../etc"}', 400, 'bad_input'],
    ['/v1/jobs.prepare', 'no json', 400, 'bad_input'],
    ['/v1/jobs.constructor', '{}', 404, 'not_found'],
    ['/v1/constructor', '{}', 404, 'not_found'],
    ['/v1/jobs.start', JSON.stringify({ jobId: randomUUID(), targets: '' }), 404, 'not_found'],
  ])('%s %s → %i', async (path, body, status, code) => {
    expect(await ask(path, { body })).toMatchObject({ status, code })
  })

  test('a body without end is refused', async () => {
    const answer = ask('/v1/hello', { body: Buffer.alloc(MAX_BODY_BYTES + 1, 0x20) })
    // The rest of the body is not waited for: the answer may be cut off by a reset.
    await expect(
      answer.then(
        ({ status }) => status,
        () => 400,
      ),
    ).resolves.toBe(400)
    expect((await ask('/v1/hello')).status).toBe(200)
  })

  test('reports of an unknown job, and of a job path that is none', async () => {
    expect(await ask(`/v1/jobs/${randomUUID()}/reports`, { method: 'GET' })).toMatchObject({ status: 404 })
    expect(await ask('/v1/jobs/..%2f..%2fx/reports', { method: 'GET' })).toMatchObject({ status: 404 })
  })
})

describe('hello and inventory', () => {
  test('names the tools with versions', async () => {
    const { tools, tunnel } = await world.appliance.api.call('hello', {})
    expect(tools.map(({ name }) => name)).toEqual([
      'nbdkit',
      'nbdcopy',
      'nbdinfo',
      'qemu-io',
      'qemu-nbd',
      'qemu-img',
      'setpriv',
      'ssh',
      'ss',
    ])
    for (const { version } of tools) expect(version).toMatch(/^\d+\.\d+/)
    expect(['connecting', 'connected', 'waiting']).toContain(tunnel.state)
  })

  test('lists what it can, without a restart, and says what it cannot', async () => {
    const good = await makeDisk(diskPath(world, 'good.raw'), 1024 * 1024 + 512, [])
    await addVm(world, 'good', [{ key: 2000, path: good }])
    await world.appliance.configure((config) => ({
      ...config,
      sources: config.sources.map((source) => ({
        ...source,
        vms: [...source.vms, { ref: 'bad', name: 'bad', disks: [{ key: 1, path: '/nowhere/disk.raw' }] }],
      })),
    }))
    const { vms, problems } = await world.appliance.api.call('inventory', {})
    expect(vms.map(({ name, disks }) => ({ name, disks }))).toEqual([
      { name: 'good', disks: [{ key: 2000, label: 'Disk 1', sizeBytes: 1024 * 1024 + 512 }] },
    ])
    expect(problems).toMatchObject([{ source: 'images', ref: 'bad', problem: { code: 'source_missing' } }])
  })
})

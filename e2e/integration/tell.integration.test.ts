/** @module-tag long */
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { run, runOrThrow } from '#lib/process/run.ts'
import { createMetrics } from '#server/services/metrics/service.ts'
import { parseExposition } from '#server/testing/exposition.ts'
import { checkout } from '../world/appliance.ts'
import { sharedStack } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()
const script = (name: string, ...args: string[]) =>
  run(process.execPath, [path.join(checkout, `scripts/${name}/main.ts`), ...args], {
    env: { ...world.stack.variables, HOME: world.stack.root },
    timeoutMs: 60_000,
  })

/** One of each kind, planted where it could stand. */
const planted = {
  password: 'hunter2-Passw0rd',
  bearer: 'plantedbearertoken0123456789',
  link: 'plantedsigninlink0123456789abcdefghijklmnop',
  mail: 'grace.hopper@navy.example',
  cookie: 'plantedcookievalue.abcdef',
}

async function plant(jobId: string): Promise<string[]> {
  const { stack } = world
  const { home, hub, env } = stack
  await mkdir(env.paths.log, { recursive: true })
  const lines = [
    `{"msg":"login","password":"${planted.password}","mail":"${planted.mail}"}`,
    `GET /x Authorization: Bearer ${planted.bearer}`,
    `cookie: sendense.session_token=${planted.cookie}`,
    `${env.url}/sign-in/link#${planted.link}`,
    `postgresql://sendense:${planted.password}@db/x`,
  ]
  await appendFile(path.join(env.paths.log, 'web.log'), `${lines.join('\n')}\n`)
  const apiToken = (await readFile(path.join(stack.applianceDir, 'api-token'), 'utf8')).trim()
  const own = (await readFile(path.join(home, 'secrets/setup-token'), 'utf8')).trim()
  const hostKey = await readFile(path.join(env.paths.ssh, 'host_ed25519'), 'utf8')
  await appendFile(path.join(env.paths.log, 'web.log'), `told ${apiToken} and ${own} as they are\n${hostKey}\n`)
  await hub.prisma.job.update({
    where: { id: jobId },
    data: { problem: { code: 'internal', happened: `token=${planted.bearer} for ${planted.mail} by ${apiToken}` } },
  })
  const keyLine = hostKey.split('\n')[2] ?? 'no host key'
  return [...Object.values(planted), apiToken, own, keyLine]
}

it('a support bundle tells of hub and backup, and of no secret; a check and figures by the commands and by Prometheus', async () => {
  const { stack, directory } = world
  const disk = await world.disk('tell', {
    sizeBytes: 8 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 4 * MIB }],
  })
  const vm = await stack.addVm({ name: 'tell me', disks: [disk] })
  const job = await stack.finished((await stack.backUp(vm.id)).id)

  const checked = await script('check', '--vm', 'tell me', '--json')
  expect(checked.exitCode, checked.stdout + checked.stderr).toBe(0)
  expect(JSON.parse(checked.stdout)).toMatchObject({ status: 0, state: 'passed', vmName: 'tell me' })
  expect((await script('check', '--vm', 'nobody')).exitCode).toBe(2)

  const families = parseExposition(await createMetrics(stack.hub).render())
  const value = (name: string) => families.get(name)?.samples[0]?.value
  expect(value('sendense_engine_up')).toBe(1)
  expect(value('sendense_export_ports')).toBe(16)
  expect(value('sendense_restore_points')).toBe(1)
  const states = families.get('sendense_restore_points_by_state')?.samples ?? []
  expect(states.reduce((sum, sample) => sum + sample.value, 0)).toBe(1)
  // A9: what the commit put on record is what the very next look finds.
  const look = await stack.services.repositories.look(stack.repositoryId)
  expect(look).toMatchObject({ finished: true, looked: 1, notLooked: 0, changed: 0, problem: null })
  const [point] = (await stack.services.vms.restorePoints({ id: vm.id })).items
  await rm(path.join(stack.repositoryPath, point?.directory ?? 'none'), { recursive: true })
  expect(await stack.services.repositories.look(stack.repositoryId)).toMatchObject({
    changed: 1,
    points: { missing: 1 },
  })
  expect(value('sendense_repository_stored_bytes')).toBeGreaterThan(4 * MIB)
  expect(families.get('sendense_tunnel_state')?.samples).toHaveLength(5)

  const secrets = await plant(job.id)
  const out = path.join(directory, 'bundle.tar.gz')
  const written = await script('support', '--out', out, '--job', job.backupId)
  expect(written.exitCode, written.stderr).toBe(0)
  expect((await script('support', '--out', out)).exitCode).toBe(2)
  const unpacked = path.join(directory, 'unpacked')
  await mkdir(unpacked)
  const failed = { code: 'internal' as const, happened: 'tar' }
  await runOrThrow('tar', ['-xzf', out, '-C', unpacked, '--strip-components=1'], failed)
  const read = (name: string) => readFile(path.join(unpacked, name), 'utf8')
  expect(JSON.parse(await read('backup/backup.json'))).toMatchObject({ backupId: job.backupId, state: 'completed' })
  expect(JSON.parse(await read('backup/ledger.json')).length).toBeGreaterThan(3)
  expect(JSON.parse(await read('backup/events.json')).length).toBeGreaterThan(5)
  expect(await read('logs/web.log')).toContain('"msg":"login"')
  expect(await read('README.txt')).toContain('every secret of this hub by its value')
  for (const secret of secrets) {
    const found = await run('grep', ['-rlF', '--', secret, unpacked])
    expect([secret.slice(0, 6), found.stdout]).toEqual([secret.slice(0, 6), ''])
  }
})

it('without the database there are still logs and settings; what is kept is what was shown', {
  tags: ['long'],
}, async () => {
  const { stack, directory } = world
  const out = path.join(directory, 'down.tar.gz')
  const down = await run(process.execPath, [path.join(checkout, 'scripts/support/main.ts'), '--out', out], {
    env: { ...stack.variables, HOME: stack.root, DATABASE_URL: 'postgresql://x:hunter2@127.0.0.1:1/none' },
    timeoutMs: 60_000,
  })
  expect(down.exitCode, down.stderr).toBe(0)
  expect(down.stdout).toMatch(/logs\/web\.log[\s\S]*The database is down/)
  const { support } = stack.services
  const { id, files } = await support.prepare({})
  await writeFile(path.join(stack.env.paths.log, 'web.log'), 'another log\n')
  expect((await support.file({ id, name: 'logs/web.log' })).text).not.toContain('another log')
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['README.txt', 'engine/tunnels.json']))
  await expect(support.archive(stack.applianceId)).rejects.toMatchObject({ problem: { code: 'not_found' } })
  await rm(path.join(stack.env.paths.log, 'web.log'))
})

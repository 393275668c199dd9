/** @module-tag long */
import path from 'node:path'
import { expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '#contracts/appliance.ts'
import { run, runOrThrow } from '#lib/process/run.ts'
import { bundleAppliance } from '#scripts/build/appliance.ts'
import { reportsOf } from './testing/appliance.ts'
import { makeDisk, testDirectory } from './testing/directory.ts'
import { diskPath, identical, openJob, startWorld } from './testing/job.ts'

test('one file is the whole appliance, client and all', async () => {
  await using directory = await testDirectory('bundle')
  const file = path.join(directory.path, 'sendense-appliance.mjs')
  await bundleAppliance(path.resolve(import.meta.dirname, '..'), 'build-of-the-test', file)
  const version = await runOrThrow(process.execPath, [file, 'version'], { code: 'internal', happened: 'version' })
  expect(version.stdout).toContain(`build-of-the-test (protocol ${PROTOCOL_VERSION}`)

  await using world = await startWorld(file)
  const { api } = world.appliance
  expect((await api.call('hello', {})).buildId).toBe('build-of-the-test')
  const size = 3 * 1024 * 1024 + 512
  const raw = await makeDisk(diskPath(world, 'd.raw'), size, [{ kind: 'random', offset: 4096, length: 1_000_000 }])
  await using job = await openJob(world, 'vm', [{ key: 2000, path: raw }])
  await api.call('jobs.start', { jobId: job.jobId, targets: job.targets })
  expect((await reportsOf(api, job.jobId)).at(-1)).toMatchObject({ type: 'client-ended', ok: true })
  const target = job.exports.get(2000)
  await target?.stop()
  expect(await identical(raw, target?.image ?? '')).toBe(true)
})

test('a command line that cannot be understood is answered with the usage, a wrong setting with its name', async () => {
  const main = path.join(import.meta.dirname, 'main.ts')
  for (const args of [[], ['fly'], ['run'], ['init', '--data', '/nowhere'], ['run', '--data']]) {
    const result = await run(process.execPath, [main, ...args])
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain('Usage:')
  }
  const missing = await run(process.execPath, [main, 'run', '--data', '/nowhere'])
  expect(missing.exitCode).toBe(1)
  expect(missing.stderr).toContain('/nowhere/appliance.json')
})

/** @module-tag long */
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseTargets } from '#contracts/targets.ts'
import type { VmView } from '#contracts/views.ts'
import { copying, expectIdentical } from '../world/proof.ts'
import { serveSlowly } from '../world/slow-source.ts'
import { sharedStack } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack()

const disk = (name: string, key = 2000, length = 300_000) =>
  world.disk(name, {
    key,
    sizeBytes: Math.max(3 * MIB, length + MIB),
    extents: [{ kind: 'random', offset: 512, length }],
  })

const hostile: [label: string, name: string][] = [
  // What each of these becomes alone, server/domain/names.test.ts asks of many more.
  ['a path, a whole target and an option', '--help ../../../etc/passwd,2000:nbd://127.0.0.1:1/x web-disk-2001-disk'],
  ['every mark that a shell or an address knows', `a'b"c$(touch x)\`y\`\\n 100%&x=y#z?`],
  ['unicode, spaces and 200 characters', ` Žluťoučký  kůň 数据库 🐘 ${'n'.repeat(176)}`],
]

describe('a machine of any name is backed up under a path that is safe', () => {
  const runs = new Map<string, { vm: VmView; source: { key: number; path: string }; jobId: string }>()
  beforeAll(async () => {
    for (const [label, name] of hostile) {
      const source = await disk(`name-${label.replaceAll(/\W+/g, '-')}`)
      const vm = await world.stack.addVm({ name, ref: label, disks: [source] })
      runs.set(label, { vm, source, jobId: (await world.stack.backUp(vm.id)).id })
    }
    // All side by side: what one makes must not be another's.
    for (const { jobId } of runs.values()) await world.stack.finished(jobId)
  })

  it.each(hostile)('%s', async (label, name) => {
    const run = runs.get(label)
    if (!run) throw new Error(`${label} was not backed up`)
    const { vm, source } = run
    expect(vm.name).toBe(name)
    expect(vm.slug).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    const job = await world.stack.finished(run.jobId)
    const point = await expectIdentical(world.stack, job, [source])
    expect(parseTargets(job.targets ?? '').map(({ exportName }) => exportName)).toEqual([`${vm.slug}-disk-2000`])
    expect(point.id).toMatch(new RegExp(`^backup-${vm.slug.replaceAll('.', '\\.')}-\\d+$`))
    expect(point.directory).toBe(`${vm.slug}/${point.id}`)
    const image = path.join(world.stack.repositoryPath, point.disks[0]?.imagePath ?? '')
    expect(path.dirname(image)).toBe(path.join(world.stack.repositoryPath, vm.slug, point.id))
  })

  it('refuses a name with control characters at the border, with the reason, and lists the rest', async () => {
    const source = await disk('control')
    await expect(world.stack.addVm({ name: 'line\nbreak', ref: 'control', disks: [source] })).rejects.toThrow(
      /control characters/,
    )
  })
})

it('two machines of one name have two directories and two restore points', { tags: ['long'] }, async () => {
  const [first, second] = [await disk('twin-1'), await disk('twin-2')]
  const one = await world.stack.addVm({ name: 'twin', ref: 'twin-1', disks: [first] })
  const two = await world.stack.addVm({ name: 'twin', ref: 'twin-2', disks: [second] })
  expect(one.id).not.toBe(two.id)
  expect(one.slug).not.toBe(two.slug)
  const [a, b] = [await world.stack.backUp(one.id), await world.stack.backUp(two.id)]
  await expectIdentical(world.stack, await world.stack.finished(a.id), [first])
  await expectIdentical(world.stack, await world.stack.finished(b.id), [second])
})

it('a second backup of a machine while one runs is refused, and the first goes on', { tags: ['long'] }, async () => {
  const source = await disk('busy', 2000, 2_900_000)
  await using slow = await serveSlowly(source.path, world.directory, '8M')
  const vm = await world.stack.addVm({ name: 'busy', disks: [{ key: 2000, url: slow.url }] })
  const first = await world.stack.backUp(vm.id)
  await expect(world.stack.backUp(vm.id)).rejects.toMatchObject({
    problem: {
      code: 'busy',
      happened: expect.stringContaining(first.backupId),
      remedy: expect.stringMatching(/cancel/),
    },
  })
  await copying(world.stack, first.id)
  await expect(world.stack.backUp(vm.id)).rejects.toMatchObject({ problem: { code: 'busy' } })
  await slow.setRate(null)
  await expectIdentical(world.stack, await world.stack.finished(first.id), [source])
  const second = await world.stack.finished((await world.stack.backUp(vm.id)).id)
  const point = await expectIdentical(world.stack, second, [source])
  expect(point.id).not.toBe(first.backupId)
})

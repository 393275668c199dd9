import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeMapOf } from '#lib/digests/testing/disk.ts'
import { qemuIo, tool } from '#lib/qcow2/testing/qemu.ts'
import { readImports } from '#scripts/test/imports.ts'
import { type TestDirectory, testDirectory } from '#server/drivers/testing/directory.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
let made: TestDirectory
let root: string
beforeAll(async () => {
  made = await testDirectory()
  await tool('qemu-img', ['create', '-q', '-f', 'qcow2', at('disk-vda.qcow2'), '4M'])
  await qemuIo(at('disk-vda.qcow2'), 'write -P 3 1M 2M')
  root = await writeMapOf(at('disk-vda.qcow2'), at('disk-vda.map'), 4 * 2 ** 20)
})
afterAll(() => made[Symbol.asyncDispose]())
const at = (name: string) => path.join(made.path, name)

function digest(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/digest/main.ts', ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}
const files = () => ['--image', at('disk-vda.qcow2'), '--map', at('disk-vda.map')]
const manifest = (disks: unknown) => writeFile(at('manifest.json'), JSON.stringify({ format: 1, disks }))

describe('npm run digest', () => {
  it('takes the root from the manifest beside the map, and says which it holds the map against', async () => {
    const alone = await digest(...files())
    expect(alone.code).toBe(0)
    expect(alone.stdout).toContain('held against nothing')
    await manifest([{ image: 'disk-vda.qcow2', digest: { map: 'disk-vda.map', root } }])
    const named = await digest(...files())
    expect([named.code, named.stdout]).toEqual([
      0,
      expect.stringContaining(`root ${root}, as ${at('manifest.json')} names it`),
    ])
    await manifest([{ image: 'disk-vda.qcow2', digest: { map: 'disk-vda.map', root: 'a'.repeat(64) } }])
    expect(await digest(...files())).toMatchObject({ code: 2, stderr: expect.stringContaining(root) })
    // Who gives a root has it from elsewhere.
    expect((await digest(...files(), '--root', root.toUpperCase())).code).toBe(0)
    await manifest([{ image: 'disk-vda.qcow2' }])
    expect((await digest(...files())).code).toBe(0)
    await writeFile(at('manifest.json'), '{"disks":')
    expect(await digest(...files())).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be understood') })
    await manifest([])
  })

  it('ends with 1 and the places when the image differs', async () => {
    const other = at('other.qcow2')
    await tool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'qcow2', at('disk-vda.qcow2'), other])
    await qemuIo(other, 'write -P 4 1M 64k', 'write -P 4 2M 1k')
    const words = await digest('--image', other, '--map', at('disk-vda.map'))
    expect(words.code).toBe(1)
    expect(words.stdout).toContain('Differs: 2 leaves of other.qcow2')
    expect(words.stdout).toContain('First at byte 1048576, last at byte 2097152.')
    const { code, stdout } = await digest('--image', other, '--map', at('disk-vda.map'), '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ type: 'result', rootFrom: null },
      comparison: { equal: false, differing: 2, firstOffset: 2 ** 20, lastOffset: 2 ** 21, root },
    })
  })

  it('ends with 2 when it cannot know', async () => {
    for (const args of [[], ['--image', 'x'], ['--nonsense'], [...files(), '--root', 'abc']])
      expect(await digest(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') })
    const gone = await digest('--image', at('gone'), '--map', at('disk-vda.map'), '--json')
    expect([gone.code, JSON.parse(gone.stdout)]).toMatchObject([2, { type: 'error', code: 'image_unreadable' }])
    const noMap = await digest('--image', at('disk-vda.qcow2'), '--map', at('disk-vda.qcow2'))
    expect(noMap).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('damaged') })
    expect(await digest('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit status') })
  })
})

it('imports nothing of the hub and the appliance, and no package but zod', async () => {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const waiting = ['scripts/digest/main.ts', 'lib/digests/proof-main.ts']
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    for (const { to, isPackage } of await readImports(ROOT, file)) isPackage ? packages.add(to) : waiting.push(to)
  }
  expect(seen).toContain('lib/qcow2/image.ts')
  expect([...seen].filter((file) => !/^(scripts\/digest|lib|contracts)\//.test(file))).toEqual([])
  expect([...packages]).toEqual(['zod'])
})

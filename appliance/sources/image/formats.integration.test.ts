import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runOrThrow } from '#lib/process/run.ts'
import type { DiskConfig } from '../../config.ts'
import { begin, ImageRoom, imageSource, refusal } from '../../testing/image-room.ts'
import { ImageSource } from './source.ts'

const MIB = 1024 * 1024
const fault = { code: 'internal' as const, happened: 'test' }
const CANARY = Buffer.from('this is a file of the host')
let room: ImageRoom
beforeAll(async () => {
  room = await ImageRoom.make('formats', Buffer.concat([CANARY, Buffer.alloc(MIB - CANARY.length)]))
})
afterAll(() => room[Symbol.asyncDispose]())

const at = (name: string) => room.at(name)
const image = (name: string) => room.image(name)
const qemu = (...args: string[]) => runOrThrow('qemu-img', args, fault)
const sourceOf = (disk: DiskConfig, directories?: string[]) => imageSource([disk], { directories })

describe('A7: a raw guest disk that begins with a QCOW2 header', () => {
  /** The header that a guest writes: an empty QCOW2 whose backing file is one of the host's. */
  async function guestDisk(name: string, backing: string): Promise<string> {
    await qemu('create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', backing, image(`${name}.header`), '1M')
    const disk = image(name)
    await writeFile(disk, Buffer.concat([await readFile(image(`${name}.header`)), Buffer.alloc(2 * MIB)], 2 * MIB))
    return disk
  }

  test('never makes the appliance open a file of the host: stated raw it is copied as it is, and flagged', async () => {
    // The experiment itself: opened by its bytes, the host's file comes out.
    const disk = await guestDisk('guest.raw', room.secret)
    await qemu('convert', '-O', 'raw', disk, at('probed.raw'))
    expect((await readFile(at('probed.raw'))).includes(CANARY)).toBe(true)
    // From here on a read of the file shows in its atime.
    await utimes(room.secret, new Date('2001-01-01'), new Date('2001-01-01'))
    const source = sourceOf({ key: 1, path: disk, format: 'raw' })
    const copy = await room.bytesOf(source)
    expect(copy.equals(await readFile(disk))).toBe(true)
    expect(copy.includes(CANARY)).toBe(false)
    expect(source.disks(await begin(source))[0]?.notes.join(' ')).toContain('look like QCOW2')
    expect((await source.inventory()).vms).toHaveLength(1)
    expect((await stat(room.secret)).atime.getUTCFullYear()).toBe(2001)
  })

  test('nor a FIFO, which would hold it up', async () => {
    await runOrThrow('mkfifo', [image('fifo')], fault)
    for (const format of [undefined, 'raw', 'qcow2'] as const) {
      const disk = await guestDisk(`fifo-${format}.raw`, image('fifo'))
      const problem = await refusal({ key: 1, path: disk, ...(format ? { format } : {}) })
      if (format === 'raw') expect(problem).toBeNull()
      else expect(problem).toMatchObject({ code: 'source_format' })
    }
  })

  test('without a stated format it is refused with both ways out, and hides no other machine', async () => {
    const disk = await guestDisk('unstated.raw', room.secret)
    const { file } = await room.rawFile('other.raw')
    const vm = (name: string, config: DiskConfig) => ({ ref: name, name, disks: [config] })
    const source = new ImageSource({
      name: 's',
      kind: 'image',
      vms: [vm('a', { key: 1, path: disk }), vm('b', { key: 1, path: file })],
    })
    const { vms, problems } = await source.inventory()
    expect(vms.map(({ ref }) => ref)).toEqual(['b'])
    expect(problems).toMatchObject([{ ref: 'a', problem: { code: 'source_format' } }])
    expect(problems[0]?.problem.remedy).toContain('"format": "qcow2"')
    expect(problems[0]?.problem.remedy).toContain('"format": "raw"')
    const [probed] = await source.probe(
      { ref: 'a', allowUnknown: [] },
      { directory: room.directory, mark: 'test-formats' },
    )
    expect(probed?.problem?.happened).toContain('looks like QCOW2')
  })
})

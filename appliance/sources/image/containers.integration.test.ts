import { open, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, runOrThrow } from '#lib/process/run.ts'
import type { DiskConfig } from '../../config.ts'
import { serveDisk } from '../../nbdkit/serve.ts'
import { begin, ImageRoom, imageSource, refusal } from '../../testing/image-room.ts'
import { startWriter } from '../../testing/writer.ts'

const MIB = 1024 * 1024
const fault = { code: 'internal' as const, happened: 'test' }
const CANARY = Buffer.from('this is a file of the host')
let room: ImageRoom
beforeAll(async () => {
  room = await ImageRoom.make('containers', Buffer.concat([CANARY, Buffer.alloc(MIB - CANARY.length)]))
})
afterAll(() => room[Symbol.asyncDispose]())

const at = (name: string) => room.at(name)
const image = (name: string) => room.image(name)
const qemu = (...args: string[]) => runOrThrow('qemu-img', args, fault)
const sourceOf = (disk: DiskConfig, directories?: string[]) => imageSource([disk], { directories })

describe('A7: containers', () => {
  test.each(['qcow2', 'vmdk', 'vhdx', 'vdi'] as const)(
    '%s is read as what it holds, and refused when nothing says so',
    async (format) => {
      const { file, content } = await room.rawFile(`in-${format}.raw`)
      const container = image(`in.${format}`)
      await qemu('convert', '-f', 'raw', '-O', format, file, container)
      expect(await refusal({ key: 1, path: container })).toMatchObject({
        code: 'source_format',
        remedy: expect.stringContaining(`"format": "${format}"`),
      })
      const source = sourceOf({ key: 1, path: container, format })
      expect((await room.bytesOf(source)).equals(content)).toBe(true)
      expect((await source.inventory()).vms[0]?.disks[0]?.sizeBytes).toBe(MIB)
      const snapshot = await begin(source)
      expect(source.disks(snapshot)[0]).toMatchObject({ format, stateFixedBy: 'unchanged' })
      expect(await source.end(snapshot)).toMatchObject([{ state: 'fixed' }])
    },
  )

  test('a flat VMDK is read through its descriptor', async () => {
    const { file, content } = await room.rawFile('flat.raw')
    await qemu('convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=monolithicFlat', file, image('flat.vmdk'))
    const source = sourceOf({ key: 1, path: image('flat.vmdk'), format: 'vmdk' })
    expect((await room.bytesOf(source)).equals(content)).toBe(true)
  })

  test('an overlay is read with its backing files, each of which must stay as it is', async () => {
    const { file, content } = await room.rawFile('base.raw')
    await qemu('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', 'base.raw', image('middle.qcow2'))
    await qemu('create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image('middle.qcow2'), image('top.qcow2'))
    await runOrThrow('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 65536 65536', image('top.qcow2')], fault)
    const wanted = Buffer.concat([content.subarray(0, 65_536), Buffer.alloc(65_536, 7), content.subarray(131_072)])
    const source = sourceOf({ key: 1, path: image('top.qcow2'), format: 'qcow2' })
    expect((await room.bytesOf(source)).equals(wanted)).toBe(true)
    expect((await source.inventory()).vms[0]?.disks[0]?.sizeBytes).toBe(MIB)
    const snapshot = await begin(source)
    await using handle = await open(file, 'r+')
    await handle.write(Buffer.from('x'), 0, 1, 500_000)
    expect(await source.end(snapshot)).toMatchObject([{ state: 'changed' }])
  })

  test('a backing file outside of what the source allows is refused, also behind a link; allowed, it is read', async () => {
    await qemu('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', room.secret, image('out.qcow2'))
    await symlink(room.secret, image('link.raw'))
    await qemu('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', 'link.raw', image('linked.qcow2'))
    await utimes(room.secret, new Date('2001-01-01'), new Date('2001-01-01'))
    for (const name of ['out.qcow2', 'linked.qcow2'])
      expect(await refusal({ key: 1, path: image(name), format: 'qcow2' })).toMatchObject({
        code: 'source_format',
        remedy: expect.stringContaining(JSON.stringify(at('elsewhere'))),
      })
    expect((await stat(room.secret)).atime.getUTCFullYear()).toBe(2001)
    const allowed = sourceOf({ key: 1, path: image('out.qcow2'), format: 'qcow2' }, [at('elsewhere')])
    expect((await room.bytesOf(allowed)).includes(CANARY)).toBe(true)
  })

  test('json: names, protocols, data files, circles, missing formats and encryption are refused', async () => {
    const header = async (name: string, backing: string, format = 'raw') => {
      await qemu('create', '-q', '-u', '-f', 'qcow2', '-F', format, '-b', backing, image(name), '1M')
      return await refusal({ key: 1, path: image(name), format: 'qcow2' })
    }
    expect(await header('json.qcow2', `json:{"driver":"file","filename":"${room.secret}"}`)).toMatchObject({
      happened: expect.stringContaining('no plain path'),
    })
    expect(await header('nbd.qcow2', 'nbd://127.0.0.1:1/x')).toMatchObject({
      happened: expect.stringContaining('no plain path'),
    })
    expect(await header('circle.qcow2', 'circle.qcow2', 'qcow2')).toMatchObject({
      happened: expect.stringContaining('circle'),
    })
    await qemu('create', '-q', '-f', 'qcow2', '-o', `data_file=${image('data.bin')}`, image('data.qcow2'), '1M')
    expect(await refusal({ key: 1, path: image('data.qcow2'), format: 'qcow2' })).toMatchObject({
      happened: expect.stringContaining('data_file'),
    })
    await room.rawFile('nf.raw')
    await qemu('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', 'nf.raw', image('nf.qcow2'))
    // Rubs out the extension that names the format of the backing file.
    const bytes = await readFile(image('nf.qcow2'))
    bytes.writeUInt32BE(0x12345678, bytes.indexOf(Buffer.from('e2792aca', 'hex')))
    await writeFile(image('nf.qcow2'), bytes)
    expect(await refusal({ key: 1, path: image('nf.qcow2'), format: 'qcow2' })).toMatchObject({
      remedy: expect.stringContaining('qemu-img rebase -u'),
    })
    const passphrase = [
      '--object',
      'secret,id=s,data=test',
      '-o',
      'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10',
    ]
    await qemu('create', '-q', '-f', 'qcow2', ...passphrase, image('enc.qcow2'), '1M')
    expect(await refusal({ key: 1, path: image('enc.qcow2'), format: 'qcow2' })).toMatchObject({
      happened: expect.stringContaining('encrypted'),
    })
  })

  test('a header that does not fit what is stated is refused', async () => {
    const { file } = await room.rawFile('no-header.raw')
    expect(await refusal({ key: 1, path: file, format: 'qcow2' })).toMatchObject({
      code: 'source_format',
      remedy: expect.stringContaining('"format": "raw"'),
    })
  })

  test('a LUKS disk is copied as it is, and named', async () => {
    const { file } = await room.rawFile('luks.raw')
    const bytes = await readFile(file)
    bytes.write('LUKS\xba\xbe\0\x02', 'latin1')
    await writeFile(file, bytes)
    const source = sourceOf({ key: 1, path: file })
    expect((await room.bytesOf(source)).equals(await readFile(file))).toBe(true)
    expect(source.disks(await begin(source))[0]?.notes.join(' ')).toContain('encrypted (LUKS)')
  })

  test('a named snapshot is read while somebody writes the image, and is no longer fixed when it is gone', async () => {
    const { file, content } = await room.rawFile('snap.raw')
    const live = image('snap.qcow2')
    await qemu('convert', '-f', 'raw', '-O', 'qcow2', file, live)
    await qemu('snapshot', '-c', 'before, it', live)
    await runOrThrow('qemu-io', ['-f', 'qcow2', '-c', 'write -P 9 0 524288', live], fault)
    const source = sourceOf({ key: 1, path: live, format: 'qcow2', snapshot: 'before, it' })
    await using _ = await startWriter(live)
    expect((await room.bytesOf(source)).equals(content)).toBe(true)
    const snapshot = await begin(source)
    expect(source.disks(snapshot)[0]?.stateFixedBy).toBe('snapshot')
    expect(await source.end(snapshot)).toMatchObject([{ state: 'fixed', fixedBy: 'snapshot' }])
    await qemu('snapshot', '-d', 'before, it', live)
    expect(await source.end(snapshot)).toMatchObject([{ state: 'changed' }])
    expect(await refusal({ key: 1, path: live, format: 'qcow2', snapshot: 'before, it' })).toMatchObject({
      code: 'source_missing',
    })
  })

  test('what reads them has no powers but to read', async () => {
    const { file } = await room.rawFile('powers.raw')
    await qemu('convert', '-f', 'raw', '-O', 'qcow2', file, image('powers.qcow2'))
    const source = sourceOf({ key: 1, path: image('powers.qcow2'), format: 'qcow2' })
    const access = source.disks(await begin(source))[0]?.access
    if (!access) throw new Error('no disk')
    await using served = await serveDisk({ access, name: 'powers', cwd: room.directory, mark: 'test', what: 'disk 1' })
    const status = await readFile(`/proc/${served.pid}/status`, 'utf8')
    const own = await readFile('/proc/self/status', 'utf8')
    const field = (text: string, name: string) => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(text)?.[1]
    expect(field(status, 'Name')).toBe('qemu-nbd')
    expect(field(status, 'NoNewPrivs')).toBe('1')
    // CAP_DAC_READ_SEARCH is bit 2; who is not root has none to drop.
    if (process.getuid?.() === 0) expect(BigInt(`0x${field(status, 'CapEff')}`)).toBe(4n)
    else expect(field(status, 'CapEff')).toBe(field(own, 'CapEff'))
    const written = await run('qemu-io', ['-f', 'raw', '-c', 'write 0 512', served.url], { cwd: room.directory })
    expect(written.ok && !/Permission|read-only|failed/i.test(written.stdout + written.stderr)).toBe(false)
  })
})

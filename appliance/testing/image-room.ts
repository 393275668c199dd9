import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { testDirectory } from '#e2e/world/files.ts'
import { runOrThrow } from '#lib/process/run.ts'
import type { DiskConfig } from '../config.ts'
import { serveDisk } from '../nbdkit/serve.ts'
import { ImageSource } from '../sources/image/source.ts'

const fault = { code: 'internal' as const, happened: 'test' }

/** A source whose one machine `vm` has these disks. */
export const imageSource = (
  disks: DiskConfig[],
  { directories, name = 'vm' }: { directories?: string[]; name?: string } = {},
) =>
  new ImageSource({ name: 's', kind: 'image', vms: [{ ref: 'vm', name, disks }], ...(directories && { directories }) })

export const begin = (source: ImageSource, allowUnknown: number[] = []) => source.begin({ ref: 'vm', allowUnknown })

/** A directory of images, beside a file of the host that no disk may reach. */
export class ImageRoom implements AsyncDisposable {
  readonly directory: string
  /** A file of the host outside of `images`. */
  readonly secret: string
  readonly #made: AsyncDisposable

  private constructor(made: { path: string } & AsyncDisposable) {
    this.#made = made
    this.directory = made.path
    this.secret = this.at('elsewhere/secret.raw')
  }

  static async make(name: string, secret: Buffer): Promise<ImageRoom> {
    const room = new ImageRoom(await testDirectory(name))
    for (const each of ['images', 'elsewhere']) await mkdir(room.at(each))
    await writeFile(room.secret, secret)
    return room
  }

  at = (name: string) => path.join(this.directory, name)
  image = (name: string) => this.at(`images/${name}`)

  /** What a backup of it would read, by qemu-img. */
  async bytesOf(source: ImageSource): Promise<Buffer> {
    const access = source.disks(await begin(source))[0]?.access
    if (!access) throw new Error('no disk')
    const copy = this.at(`copy-${randomBytes(4).toString('hex')}`)
    const cwd = this.directory
    await using served = await serveDisk({ access, name: 'served', cwd, mark: 'test', what: 'disk 1' })
    await runOrThrow('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', served.url, copy], fault, { cwd })
    return await readFile(copy)
  }

  /** A file of random bytes. */
  async rawFile(name: string, bytes = 1024 * 1024): Promise<{ file: string; content: Buffer }> {
    const content = randomBytes(bytes)
    await writeFile(this.image(name), content)
    return { file: this.image(name), content }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#made[Symbol.asyncDispose]()
  }
}

/** What the beginning of a job is refused with; null: it is not. */
export const refusal = (disk: DiskConfig, directories?: string[]): Promise<unknown> =>
  begin(imageSource([disk], { directories })).then(
    () => null,
    (error: { problem?: unknown }) => error.problem ?? error,
  )

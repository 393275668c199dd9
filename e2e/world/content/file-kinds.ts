import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { DrawnDisk } from './disks.ts'
import type { Kind, Moment, Target } from './kind.ts'
import { cutShort, readRange, writeMedium } from './medium.ts'

interface Which {
  of: 'log' | 'map'
  /** `disk-KEY.<ending>` */
  ending: string
  moments: readonly Moment[]
  /** As it stands in tables. */
  what: string
}

const digests: Which = { of: 'log', ending: 'digests', moments: ['released'], what: 'digest log' }
const map: Which = { of: 'map', ending: 'map', moments: ['proved', 'committed'], what: 'map' }

/** What is done to a file beside the image, of which the injector knows nothing but its name. */
function fileKinds({ of, ending, moments, what }: Which): Kind[] {
  const fileOf = async (target: Target, disk: DrawnDisk) =>
    path.join(await target.directory(), `disk-${disk.key}.${ending}`)
  const kind = (name: string, change: (file: string, target: Target) => Promise<string>): Kind => ({
    ...{ name: `${what} ${name}`, effect: 'broken', moments, of },
    inject: async (target) => {
      const file = await fileOf(target, target.disk)
      const { size } = await stat(file)
      return { place: `${path.basename(file)} of ${size} bytes: ${await change(file, target)}`, leaves: null }
    },
  })
  return [
    kind('cut short', async (file, { random }) => {
      const { size } = await stat(file)
      const length = random.pick([0, size - 1, random.int(0, size - 1)])
      await cutShort(file, length)
      return `${length} are left`
    }),
    kind('changed', async (file, { random }) => {
      const { size } = await stat(file)
      const at = random.int(0, size - 1)
      const bytes = await readRange(file, at, 1)
      bytes[0] = (bytes[0] ?? 0) ^ random.int(1, 255)
      await writeMedium(file, at, bytes)
      return `byte ${at}`
    }),
    kind('lengthened', async (file, { random }) => {
      const more = Buffer.from(Array.from({ length: random.int(1, 100) }, () => random.int(0, 255)))
      await writeFile(file, more, { flag: 'a', flush: true })
      return `${more.length} bytes more`
    }),
    kind('removed', async (file) => {
      await rm(file)
      return 'it is gone'
    }),
    kind('of the other disk', async (file, target) => {
      await copyFile(await fileOf(target, target.other), file)
      return `it is that of disk ${target.other.key}`
    }),
  ]
}

/** Only the root and whether it can be read at all: what else a manifest says is for the catalogue to hold against it. */
const manifestKinds: readonly Kind[] = [
  {
    ...{ name: 'root changed in the manifest', effect: 'broken', moments: ['committed'], of: 'manifest' },
    inject: async (target) => {
      const file = path.join(await target.directory(), 'manifest.json')
      const text = await readFile(file, 'utf8')
      const name = `disk-${target.disk.key}.map`
      const from = text.indexOf(name)
      const at = /"root":\s*"/g
      at.lastIndex = Math.max(0, from)
      if (from < 0 || !at.test(text)) throw new Error('the manifest names no root')
      const digit = at.lastIndex + target.random.int(0, 63)
      const other = ((Number.parseInt(text[digit] ?? '0', 16) + target.random.int(1, 15)) % 16).toString(16)
      await writeMedium(file, Buffer.byteLength(text.slice(0, digit)), Buffer.from(other))
      return { place: `digit ${digit - at.lastIndex} of disk ${target.disk.key}`, leaves: null }
    },
  },
  {
    ...{ name: 'manifest cut short', effect: 'broken', moments: ['committed'], of: 'manifest' },
    inject: async (target) => {
      const file = path.join(await target.directory(), 'manifest.json')
      const { size } = await stat(file)
      const length = target.random.int(0, size - 3)
      await cutShort(file, length)
      return { place: `${length} of ${size} bytes`, leaves: null }
    },
  },
]

export const besideKinds: readonly Kind[] = [...fileKinds(digests), ...fileKinds(map), ...manifestKinds]

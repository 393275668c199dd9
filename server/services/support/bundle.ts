import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { toProblem } from '#contracts/problem.ts'
import { BUNDLE_LIMIT, type SupportBundle, type SupportFile } from '#contracts/support.ts'
import { tarChunks } from '#lib/archive/tar.ts'
import type { Redacted } from '../../domain/redact/redact.ts'
import type { Part } from './parts.ts'

/** A bundle whole: what people see of it, and its files as they will be saved. */
export interface Bundle {
  view: SupportBundle
  texts: Map<string, string>
}

const KEPT_MS = 15 * 60_000

const readme = (view: SupportBundle, known: boolean) =>
  [
    `Sendense support bundle, made ${view.preparedAt}.`,
    '',
    'Taken out: passwords, tokens, keys, cookies, sign-in links, e-mail addresses' +
      `${known ? ', and every secret of this hub by its value' : ' (the database was down: secrets in it are known by their look only)'}.`,
    'Left in: names of virtual machines, appliances and repositories, paths, addresses of computers.',
    '',
    ...view.files.map(({ name, sizeBytes, about }) => `${name}  ${sizeBytes} bytes  ${about}`),
    ...(view.missing.length > 0 ? ['', 'Could not be had:'] : []),
    ...view.missing.map(({ what, why }) => `${what}: ${why}`),
    '',
  ].join('\n')

/**
 * Reads the parts, takes out what is secret, and stops at the limit. A part that cannot be read is named, with the reason.
 * @param known  the hub's own secrets were known
 */
export async function makeBundle(
  parts: readonly Part[],
  redact: (text: string) => Redacted,
  { label, known, missing = [] }: { label: string; known: boolean; missing?: SupportBundle['missing'] },
): Promise<Bundle> {
  const now = new Date()
  const texts = new Map<string, string>()
  const files: SupportFile[] = []
  const left = [...missing]
  let sizeBytes = 0
  for (const { name, about, read } of parts) {
    try {
      const { text, count } = redact(await read())
      const size = Buffer.byteLength(text)
      if (sizeBytes + size > BUNDLE_LIMIT) throw new Error(`it has ${size} bytes, for which the bundle has no room`)
      sizeBytes += size
      texts.set(name, text)
      files.push({ name, sizeBytes: size, about, redacted: count })
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      left.push({ what: name, why: gone ? 'There is no such file.' : redact(toProblem(error).happened).text })
    }
  }
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')
  const view: SupportBundle = {
    id: randomUUID(),
    fileName: `sendense-support-${label}-${stamp}.tar.gz`,
    preparedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + KEPT_MS).toISOString(),
    sizeBytes,
    files,
    missing: left,
  }
  const first = { name: 'README.txt', about: 'What is in it, and what was taken out.', redacted: 0 }
  const words = readme(view, known)
  texts.set(first.name, words)
  files.unshift({ ...first, sizeBytes: Buffer.byteLength(words) })
  view.sizeBytes += Buffer.byteLength(words)
  return { view, texts }
}

/** The archive (tar.gz), made while it is read. */
export function archiveOf({ view, texts }: Bundle): Readable {
  const root = view.fileName.replace(/\.tar\.gz$/, '')
  const files = view.files.map(({ name }) => ({
    name: `${root}/${name}`,
    content: Buffer.from(texts.get(name) ?? ''),
    modifiedAt: Date.parse(view.preparedAt),
  }))
  return Readable.from(tarChunks(files)).pipe(createGzip())
}

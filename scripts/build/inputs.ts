import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** What the dashboard and the appliance are made from; tests and generated files aside. */
export const buildInputs = [
  'app',
  'appliance',
  'components',
  'contracts',
  'lib',
  'prisma',
  'public',
  'server',
  'instrumentation.ts',
  'next.config.js',
  'package-lock.json',
  'package.json',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
] as const

const isInput = (file: string) => !/\.test\.tsx?$/.test(file) && !file.includes('/db/generated/')

async function filesOf(root: string, input: string): Promise<string[]> {
  const entry = await stat(path.join(root, input)).catch(() => null)
  if (!entry) return []
  if (entry.isFile()) return [input]
  const found = await readdir(path.join(root, input), { recursive: true, withFileTypes: true })
  return found.filter((each) => each.isFile()).map((each) => path.relative(root, path.join(each.parentPath, each.name)))
}

/** SHA-256 (hex) over names and bytes of all inputs: equal sources give equal values, in whatever checkout. */
export async function hashInputs(root: string, inputs: readonly string[] = buildInputs): Promise<string> {
  const files = (await Promise.all(inputs.map((input) => filesOf(root, input)))).flat()
  const hash = createHash('sha256')
  for (const file of files.filter(isInput).toSorted()) {
    const bytes = await readFile(path.join(root, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

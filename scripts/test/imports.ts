import { readFile } from 'node:fs/promises'
import path from 'node:path'

export interface Import {
  /** The importing file, relative to the checkout. */
  from: string
  /** A file relative to the checkout, or a package's name. */
  to: string
  isPackage: boolean
  /** Erased before anything runs. */
  typeOnly: boolean
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
const DYNAMIC = /\bimport\('([^']+)'\)/g

/** `@scope/name/deep` and `name/deep` are of `@scope/name` and `name`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function resolve(from: string, specifier: string): { to: string; isPackage: boolean } {
  if (specifier.startsWith('#')) return { to: specifier.slice(1), isPackage: false }
  if (specifier.startsWith('.')) return { to: path.join(path.dirname(from), specifier), isPackage: false }
  return { to: packageName(specifier), isPackage: true }
}

/** Every import of a source text, static and dynamic; Node's own modules aside. */
export function parseImports(from: string, source: string): Import[] {
  const statements = [...source.matchAll(STATEMENT)].map(([, type, to = '']) => ({ to, typeOnly: type !== undefined }))
  const dynamic = [...source.matchAll(DYNAMIC)].map(([, to = '']) => ({ to, typeOnly: false }))
  return [...statements, ...dynamic]
    .filter(({ to }) => !to.startsWith('node:'))
    .map(({ to, typeOnly }) => ({ from, typeOnly, ...resolve(from, to) }))
}

export async function readImports(root: string, file: string): Promise<Import[]> {
  return parseImports(file, await readFile(path.join(root, file), 'utf8'))
}

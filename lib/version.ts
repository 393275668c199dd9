import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The version in package.json of the checkout. */
export function version(root = process.cwd()): string {
  const { version: text } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  return text
}

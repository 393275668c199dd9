import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { accessPage } from './table.ts'

const file = path.resolve(import.meta.dirname, '../../docs/access.md')
await writeFile(file, accessPage())
console.log(`Written: ${path.relative(process.cwd(), file)}`)

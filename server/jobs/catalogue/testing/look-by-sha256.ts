import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { serveLooks } from '../look-process.ts'

/** For tests: a map's root is the SHA-256 of its file. */
serveLooks(async (file) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex'),
)

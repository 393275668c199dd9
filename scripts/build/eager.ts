import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Chromium (136 and later) compiles every function of a file that begins so while the file arrives, beside the page's own work, and
 * keeps the code with it; other browsers read a comment. Turbopack's files only hand functions over: compiled one by one when they
 * are called first, they took a third of the time in which a page becomes usable.
 */
const HINT = '//# allFunctionsCalledOnLoad\n'

/** Marks the scripts of a directory of built chunks; those that are marked already stay as they are. */
export async function compileEarly(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.js'))
  await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, name)
      const text = await readFile(file, 'utf8')
      if (!text.startsWith(HINT)) await writeFile(file, HINT + text)
    }),
  )
}

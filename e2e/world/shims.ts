import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { binOf } from './processes.ts'

const tools = ['qemu-nbd', 'ssh'] as const
export type ShimTool = (typeof tools)[number]

/** Programs of a stack that behave otherwise for one backup. */
export interface Shims {
  /**
   * From now on `script` (sh) is run before that tool whenever `word` stands in its arguments, or for ssh in the record of
   * its job. It may change the arguments (`set --`), or not let the tool run at all (`exit`). Answers how to take it back.
   */
  add(tool: ShimTool, word: string, script: string): Promise<() => Promise<void>>
}

async function realPath(tool: string): Promise<string> {
  for (const directory of `${process.env.PATH ?? ''}:/usr/bin:/usr/sbin:/sbin`.split(':')) {
    const file = path.join(directory, tool)
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  throw new Error(`${tool} is not installed`)
}

/** What is looked at for a script's word. */
const text = (tool: ShimTool) => (tool === 'ssh' ? `"$*$(cat "$(dirname "$2")/job.json" 2>/dev/null)"` : '"$*"')

/**
 * Puts wrappers before the tools of a stack (its PATH begins with a directory of its own). Without a script for them they
 * replace themselves by the tool: same process, same arguments.
 */
export async function installShims(root: string): Promise<Shims> {
  const bin = binOf(root)
  const scripts = (tool: string) => path.join(root, 'shims', tool)
  await mkdir(bin, { recursive: true, mode: 0o755 })
  for (const tool of tools) {
    await mkdir(scripts(tool), { recursive: true })
    const lines = [
      '#!/bin/sh',
      `tool=${await realPath(tool)}`,
      `for script in '${scripts(tool)}'/*; do`,
      '  [ -e "$script" ] || continue',
      `  case ${text(tool)} in *"\${script##*/}"*) . "$script" ;; esac`,
      'done',
      'exec "$tool" "$@"',
    ]
    await writeFile(path.join(bin, tool), `${lines.join('\n')}\n`, { mode: 0o755 })
  }
  return {
    add: async (tool, word, script) => {
      const file = path.join(scripts(tool), word)
      await writeFile(file, `${script}\n`)
      return () => rm(file, { force: true })
    },
  }
}

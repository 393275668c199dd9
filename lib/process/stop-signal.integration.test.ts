import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'

const here = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, name))

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a process in its own way, also while a program of its runs',
  async (name) => {
    const source = `
    import { run } from ${here('run.ts')}
    import { stopSignal } from ${here('stop-signal.ts')}
    const signal = stopSignal()
    const sleeping = run('sleep', ['60'], { signal }).catch(() => 'ended')
    console.log('runs')
    console.log(await sleeping, signal.reason)
    process.exitCode = 7`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (words: string) => {
      if (said === '') child.kill(name)
      said += words
    })
    expect(await exited).toEqual([7, null])
    expect(said).toBe(`runs\nended ${name} received\n`)
  },
)

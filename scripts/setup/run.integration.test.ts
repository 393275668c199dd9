import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { testDirectory } from '#e2e/world/files.ts'

const bootstrap = path.resolve(import.meta.dirname, '../run.mjs')

async function runs(source: string, ...args: string[]) {
  const home = await testDirectory('bootstrap')
  const entry = path.join(home.path, 'entry.ts')
  await writeFile(entry, source)
  const child = spawn(process.execPath, [bootstrap, entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, exited: once(child, 'exit'), [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() }
}

test('runs an entry on the pinned Node with its arguments and ends as it ends', async () => {
  await using given = await runs(
    'console.log(JSON.stringify([process.argv.slice(2), process.execPath])); process.exit(7)',
    '--a',
    'b c',
  )
  const [[args, node], [code]] = await Promise.all([text(given.child.stdout).then(JSON.parse), given.exited])
  expect(args).toEqual(['--a', 'b c'])
  expect(node).toContain(`node-linux-${process.arch}`)
  expect(code).toBe(7)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the entry, which ends in its own time', async (signal) => {
  const source = `let got = 0
    process.on('${signal}', () => { got++; setTimeout(() => { console.log('got ' + got); process.exit(5) }, 200) })
    setInterval(() => {}, 1000); console.log('up')`
  await using given = await runs(source)
  await once(given.child.stdout, 'data')
  const rest = text(given.child.stdout)
  given.child.kill(signal)
  const [code] = await given.exited
  expect(code).toBe(5)
  expect(await rest).toBe('got 1\n')
})

test('an entry that dies of a signal gives the status a shell would give', async () => {
  await using given = await runs("process.kill(process.pid, 'SIGKILL')")
  expect((await given.exited)[0]).toBe(128 + 9)
})

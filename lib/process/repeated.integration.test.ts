import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { waitFor } from '#lib/async/wait.ts'
import { isAlive, type ProcessIdentity, processIdentity } from './procfs.ts'
import { RepeatedProgram } from './repeated.ts'

/** Prints the process that runs it, and is asked for it. */
const PARENT = ['-c', 'echo $PPID'] as const

async function shellOf(program: RepeatedProgram): Promise<ProcessIdentity> {
  const { stdout } = await program.run()
  const identity = await processIdentity(Number(stdout))
  if (!identity) throw new Error(`no shell of that pid: ${stdout}`)
  return identity
}

const gone = (shell: ProcessIdentity) => waitFor(async () => !(await isAlive(shell)), { deadlineMs: 5000, everyMs: 5 })

it('hands every word over as it is, and takes output and exit status', async () => {
  const words = ["it's", '$(id)', '`id`', 'two\nlines', '', '-n', '"', '; exit 1', 'ü ؄ \\n']
  await using program = new RepeatedProgram('sh', ['-c', 'printf "%s|" "$@"; exit 3', 'sh', ...words])
  const said = { ok: false, exitCode: 3, stdout: `${words.join('|')}|` }
  expect(await program.run()).toEqual(said)
  expect(await Promise.all([program.run(), program.run()])).toEqual([said, said])
})

it('keeps one shell, which ends with it', async () => {
  const program = new RepeatedProgram('sh', PARENT)
  const shell = await shellOf(program)
  expect(await shellOf(program)).toEqual(shell)
  await program[Symbol.asyncDispose]()
  expect(await isAlive(shell)).toBe(false)
  expect(await program.run()).toEqual({ ok: false, exitCode: null, stdout: '' })
})

it('starts another shell after one that died, hung or said too much', async () => {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sendense-repeated-'))
  stack.defer(() => rm(directory, { recursive: true }))
  const seen = path.join(directory, 'seen')

  const program = stack.use(new RepeatedProgram('sh', PARENT))
  const first = await shellOf(program)
  process.kill(first.pid, 'SIGKILL')
  await gone(first)
  const silent = { ok: false, exitCode: null, stdout: '' }
  // Whether the death was noticed before the question or by it: the second question is answered.
  expect([silent.exitCode, 0]).toContain((await program.run()).exitCode)
  expect((await shellOf(program)).pid).not.toBe(first.pid)

  const once = `echo $$ >>"$0"; test "$(wc -l <"$0")" -gt 1 || exec`
  const hangs = stack.use(new RepeatedProgram('sh', ['-c', `${once} sleep 600`, seen], { timeoutMs: 250 }))
  expect(await hangs.run()).toEqual(silent)
  expect((await hangs.run()).exitCode).toBe(0)

  const floods = stack.use(new RepeatedProgram('yes', [], { maxStdoutBytes: 100_000, timeoutMs: 60_000 }))
  expect(await floods.run()).toEqual(silent)

  const missing = stack.use(new RepeatedProgram('sendense-no-such-program', []))
  expect(await missing.run()).toMatchObject({ ok: false, exitCode: 127 })
})

it('leaves no shell behind when its owner is killed', async () => {
  const module = JSON.stringify(path.join(import.meta.dirname, 'repeated.ts'))
  const source = `
    import { RepeatedProgram } from ${module}
    console.log((await new RepeatedProgram('sh', ${JSON.stringify(PARENT)}).run()).stdout)`
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(owner, 'exit')
  const [said] = await once(owner.stdout, 'data')
  const shell = await processIdentity(Number(String(said)))
  expect(shell).not.toBeNull()
  owner.kill('SIGKILL')
  await ended
  expect(await gone(shell as ProcessIdentity)).toBe(true)
})

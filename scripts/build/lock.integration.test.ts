import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const program = `
  const { build } = await import(${JSON.stringify(pathToFileURL(path.resolve(import.meta.dirname, '../build.ts')).href)})
  const { webBuilt } = await build(process.argv[1], console.log)
  console.log(webBuilt ? 'built' : 'up to date')`

/** Stands for `next build`: takes until the test lets it end. */
const slowNext = `
  const { appendFileSync, existsSync, mkdirSync, watch, writeFileSync } = require('node:fs')
  const root = process.cwd()
  appendFileSync(root + '/runs', 'begin\\n')
  const end = () => {
    if (!existsSync(root + '/go')) return
    mkdirSync(root + '/.next/static/chunks', { recursive: true })
    writeFileSync(root + '/.next/BUILD_ID', 'x')
    appendFileSync(root + '/runs', 'end\\n')
    process.exit(0)
  }
  watch(root, end)
  end()`

let root = ''
let builds: Promise<unknown>[] = []
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'sendense-build-'))
  const next = path.join(root, 'node_modules/next/dist/bin')
  await mkdir(path.join(root, 'appliance'), { recursive: true })
  await mkdir(next, { recursive: true })
  await mkdir(path.join(root, 'docs/systemd'), { recursive: true })
  await mkdir(path.join(root, 'cli'), { recursive: true })
  await writeFile(path.join(root, 'package.json'), '{ "version": "0.0.0" }')
  for (const entry of ['appliance/main.ts', 'cli/main.ts']) await writeFile(path.join(root, entry), 'console.log(1)\n')
  for (const file of ['sendense-appliance.service', 'install-appliance.sh'])
    await writeFile(path.join(root, 'docs/systemd', file), '')
  await writeFile(path.join(next, 'next'), slowNext)
})
afterEach(async () => {
  await writeFile(path.join(root, 'go'), '')
  await Promise.all(builds)
  builds = []
  await rm(root, { recursive: true, force: true })
})

/** A build as a process of its own; its lines as they come. */
function startBuild() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  builds.push(ended)
  return { lines, ended }
}

const runs = async () => (await readFile(path.join(root, 'runs'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

it('a second build in a checkout waits for the first, and then finds everything up to date', async () => {
  const first = startBuild()
  await expect.poll(runs, { timeout: 20_000 }).toEqual(['begin'])
  const second = startBuild()
  await expect.poll(() => second.lines, { timeout: 20_000 }).toContainEqual(expect.stringContaining('waiting for it'))
  expect(await runs()).toEqual(['begin'])
  await writeFile(path.join(root, 'go'), '')
  expect([await first.ended, await second.ended]).toEqual([0, 0])
  expect(first.lines.at(-1)).toBe('built')
  expect(second.lines.at(-1)).toBe('up to date')
  expect(await runs()).toEqual(['begin', 'end'])
})

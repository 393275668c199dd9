import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from '../build.ts'

// Playwright alone, on what is built from the present sources: npm run e2e -- [--built] [Playwright's own arguments]
const root = path.resolve(import.meta.dirname, '../..')
const words = process.argv.slice(2)
const args = words.filter((word) => word !== '--built')
if (!words.includes('--built')) await build(root, console.log)

const cli = path.join(root, 'node_modules', '@playwright', 'test', 'cli.js')
const child = spawn(process.execPath, [cli, 'test', ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
// A terminal sends Ctrl-C to both: Playwright ends its world, this waits for it.
process.on('SIGINT', () => undefined)
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})

import { spawn } from 'node:child_process'
import path from 'node:path'
import { checkout } from '#e2e/world/appliance.ts'
import { LineTail } from '#lib/process/tail.ts'
import { buildDemoVm, type DemoVm } from '#scripts/demo-vm/build.ts'
import type { DemoPaths } from './paths.ts'
import type { Printer } from './printer.ts'

/** Builds bundle and dashboard in a process beside this one: the machine has two cores, and the disks need one. */
function build(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(checkout, 'scripts/build.ts')], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    })
    const tail = new LineTail(30)
    child.stdout.on('data', (chunk: Buffer) => tail.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => tail.push(chunk))
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed:\n${tail.lines().join('\n')}`)),
    )
  })
}

/** Builds what has to be built, and makes the demo machine's disks, side by side. */
export async function prepare(paths: DemoPaths, printer: Printer, signal: AbortSignal): Promise<DemoVm> {
  let step = 'looking at the demo machine'
  let building = true
  const tell = () => printer.now([...(building ? ['building'] : []), step].join(' · '))
  tell()
  const [, vm] = await Promise.all([
    build(signal).finally(() => {
      building = false
    }),
    buildDemoVm({
      directory: paths.vm,
      onProgress: (name, fraction) => {
        signal.throwIfAborted()
        step = `${name}${fraction > 0 ? ` ${Math.round(fraction * 100)} %` : ''}`
        tell()
      },
    }).finally(() => {
      step = 'waiting for the build'
      tell()
    }),
  ])
  return vm
}

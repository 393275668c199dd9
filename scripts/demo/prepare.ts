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

/** Builds what has to be built, and makes the demo machine's disks, side by side; when one fails the other ends too. */
export async function prepare(paths: DemoPaths, printer: Printer, signal: AbortSignal): Promise<DemoVm> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const doing = new Map([
    ['disks', 'preparing the disks'],
    ['build', 'building the dashboard'],
  ])
  const tell = () => {
    if (doing.size > 0) printer.now([...doing.values()].join(' · '))
  }
  const during = async <T>(name: string, work: Promise<T>) => {
    try {
      return await work
    } catch (error) {
      failed.abort(error)
      throw error
    } finally {
      doing.delete(name)
      tell()
    }
  }
  tell()
  const disks = buildDemoVm({
    directory: paths.vm,
    onProgress: (step, fraction) => {
      either.throwIfAborted()
      doing.set('disks', fraction > 0 ? `${step} ${Math.round(fraction * 100)} %` : step)
      tell()
    },
  })
  const all = await Promise.allSettled([during('disks', disks), during('build', build(either))])
  if (failed.signal.aborted) throw failed.signal.reason
  const [made] = all
  if (made.status === 'rejected') throw made.reason
  return made.value
}

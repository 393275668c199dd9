import type { ProbedDisk } from '#contracts/check.ts'
import { ProblemError } from '#contracts/problem.ts'
import { openResources } from '../../db/resources.ts'
import { failed, judgePorts, judgeRoom, passed } from '../../domain/check/judge.ts'
import { listeners } from '../../drivers/port/sockets.ts'
import { inspectRepository, requireIdentity } from '../../drivers/repository/driver.ts'
import type { CheckRun } from './run.ts'

const NO_REPOSITORY = 'There is no repository yet: add one on the Repositories page.'

/** The repository is ours and can be written. @returns its free bytes; null when it cannot be used */
export async function checkRepository(run: CheckRun): Promise<number | null> {
  const { repository } = run.facts
  if (!repository) {
    await run.pass(['repository', 'writable', 'room'], NO_REPOSITORY)
    return null
  }
  const { id, name, path } = repository
  const found = await inspectRepository(path)
  const ours = await run.answer('repository', async () => {
    if (!found.exists && found.problem) throw new ProblemError(found.problem)
    await requireIdentity(path, id)
    return passed(`${path} is the repository ${name}, by its identity file.`)
  })
  if (!ours) {
    await run.pass(['writable', 'room'], 'Not tried: nothing is written to what is not the repository.')
    return null
  }
  const writable = await run.answer('writable', () => {
    if (found.problem) throw new ProblemError(found.problem)
    return found.writable
      ? passed('A file was written there, synced and removed.')
      : failed('No file could be written there.', 'Look at the directory’s owner and its file system.')
  })
  return writable ? (found.freeBytes ?? 0) : null
}

export async function checkRoom(run: CheckRun, freeBytes: number | null, probed: readonly ProbedDisk[]): Promise<void> {
  const { vm } = run.facts
  if (!vm) await run.pass(['room'], 'Only a check of a virtual machine asks for it.')
  else if (freeBytes === null) await run.pass(['room'], 'Not tried: the repository cannot be written.')
  else await run.answer('room', () => judgeRoom(freeBytes, vm.disks, probed))
}

/** Room for this machine's exports beside the canary's. */
export async function checkPorts(run: CheckRun): Promise<boolean> {
  const { prisma, env } = run.ctx
  return run.answer('ports', async () => {
    const [from, to] = env.exportPorts
    const rows = await openResources(prisma, { kind: 'port' })
    const listening = (await listeners()).map(({ local }) => local.port).filter((port) => port >= from && port <= to)
    const taken = new Set([...rows.map(({ identity }) => Number(identity)), ...listening])
    return judgePorts(env.exportPorts, taken.size, run.facts.vm?.disks.length ?? 1)
  })
}

import { readFile } from 'node:fs/promises'
import { MARK_VARIABLE } from '#lib/process/daemon.ts'
import { listProcesses, processEnv, processIdentity, processName } from '#lib/process/procfs.ts'
import type { Facts, ProcessFact } from '../../domain/housekeeping/facts.ts'
import { listeners, ownersOf } from '../../drivers/port/sockets.ts'
import { startedAt } from '../../drivers/ssh/sessions.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const textOf = (file: string) => readFile(file, 'utf8').catch(() => '')

/** Who listens on the ports of the range. */
export async function lookAtPorts([from, to]: readonly [number, number]): Promise<Facts['listening']> {
  const found = (await listeners()).filter(({ local }) => local.port >= from && local.port <= to)
  if (found.length === 0) return []
  const pids = (await listProcesses()).map(({ pid }) => pid)
  const owners = await ownersOf(new Set(found.map(({ inode }) => inode)), pids)
  return found.map(({ local, inode }) => ({ port: local.port, pids: owners.get(inode) ?? [] }))
}

async function lookAt(pid: number): Promise<Omit<ProcessFact, 'row' | 'ports'> | null> {
  const program = processName(pid)
  const marked = await processEnv(pid, MARK_VARIABLE)
  const mark = marked === null || marked === '' ? null : marked
  if (!program.startsWith('qemu-nbd') && !(mark !== null && UUID.test(mark))) return null
  const identity = await processIdentity(pid)
  if (!identity) return null
  const command = (await textOf(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim()
  return { ...identity, since: await startedAt(identity), program, command, mark }
}

/** Every process with a mark in the form of ours, and every qemu-nbd; whose the mark is, the ledger says later. */
export async function lookAtProcesses(listening: Facts['listening']): Promise<Omit<ProcessFact, 'row'>[]> {
  const seen = await Promise.all((await listProcesses()).map(({ pid }) => lookAt(pid)))
  return seen
    .filter((process) => process !== null)
    .map((process) => ({
      ...process,
      ports: listening.filter(({ pids }) => pids.includes(process.pid)).map(({ port }) => port),
    }))
}

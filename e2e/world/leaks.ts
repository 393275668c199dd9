import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { appliancePaths } from '#appliance/config.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { PrismaClient } from '#server/db/client.ts'
import { openResources } from '#server/db/resources.ts'
import type { HubEnv } from '#server/env.ts'
import { textOf, walk } from './files.ts'
import { processesOf } from './processes.ts'
import { listeningIn } from './sockets.ts'

/** What of a stack has to be looked at. */
export interface Watched {
  root: string
  env: HubEnv
  applianceDir: string
  repositoryPath: string
  prisma: PrismaClient
}

/** Programs that live only while a job (or a served backup) does. */
const jobPrograms = /(^|\/)(qemu-nbd|qemu-img|nbdkit)( |$)| transfer --job-dir |digests\/proof-main/

const lasting = new Set(['sshd'])

async function processLeaks(root: string): Promise<string[]> {
  const found = await processesOf(root)
  return found
    .filter(({ command }) => jobPrograms.test(command) || / -F \S*\/jobs\//.test(command))
    .map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`)
}

async function portLeaks(env: HubEnv): Promise<string[]> {
  const listening = await listeningIn(env.exportPorts)
  return listening.map(({ port, pids }) => `port ${port} still listens (process ${pids.join()})`)
}

async function fileLeaks(watched: Watched): Promise<string[]> {
  const partial = (await walk(watched.repositoryPath)).filter(
    (file) => file.endsWith('.partial') || path.basename(file).startsWith('.sendense-check-'),
  )
  const jobs = await readdir(appliancePaths(watched.applianceDir).jobs).catch(() => [])
  return [...partial, ...jobs.map((job) => path.join(watched.applianceDir, 'jobs', job))].map((file) => `file ${file}`)
}

/** Keys that open a job's ports: `permitopen` stands only in those. */
async function keyLeaks(env: HubEnv): Promise<string[]> {
  const files = (await walk(env.paths.ssh)).filter((file) => path.basename(file).startsWith('authorized_keys'))
  const lines = (await Promise.all(files.map(textOf))).flatMap((text) => text.split('\n'))
  return lines.filter((line) => /permitopen="127/.test(line)).map((line) => `key ${line.slice(0, 120)}…`)
}

async function ledgerLeaks(prisma: PrismaClient): Promise<string[]> {
  const rows = await openResources(prisma)
  return rows.filter(({ kind }) => !lasting.has(kind)).map(({ kind, identity }) => `on the ledger: ${kind} ${identity}`)
}

/** What is left of jobs now, each in words. */
export async function leaksNow(watched: Watched): Promise<string[]> {
  const found = await Promise.all([
    processLeaks(watched.root),
    portLeaks(watched.env),
    fileLeaks(watched),
    keyLeaks(watched.env),
    ledgerLeaks(watched.prisma),
  ])
  return found.flat()
}

/**
 * What is left of jobs on a stack that has none running. Cleaning ends a moment after the record says how the
 * job ended, so this waits up to `deadlineMs` for an empty list.
 */
export async function leaks(watched: Watched, deadlineMs = 5000): Promise<string[]> {
  let found: string[] = []
  const clean = async () => {
    found = await leaksNow(watched)
    return found.length === 0
  }
  await waitFor(clean, { deadlineMs, everyMs: 50 })
  return found
}

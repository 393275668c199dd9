import { mkdir, open, readFile, rm } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { isAlive, type ProcessIdentity, processIdentity } from '#lib/process/procfs.ts'
import { defaultHome } from '#server/env.ts'

/** Below the kernel's range for outgoing connections (ip_local_port_range), so that none of them takes a port of ours. */
const FIRST = 20_000
const BLOCK = 64
const BLOCKS = 190

/** Ports that belong to one stack until it is disposed. */
export interface PortBlock extends AsyncDisposable {
  http: number
  ssh: number
  control: [number, number]
  exports: [number, number]
  /** Every port of the block. */
  all: [number, number]
}

/** True when the kernel lets somebody listen there now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A port the kernel finds free on the address now. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen({ port: 0, host }, () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function ownerOf(claim: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(claim, 'utf8')) as ProcessIdentity
  } catch {
    return null
  }
}

/** Takes the claim file for this process; a claim whose process is gone is taken over. */
async function take(claim: string, retry = true): Promise<boolean> {
  try {
    await using file = await open(claim, 'wx')
    await file.write(JSON.stringify(await processIdentity(process.pid)))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const owner = await ownerOf(claim)
  if (!retry || owner === null || (await isAlive(owner))) return false
  await rm(claim, { force: true })
  return take(claim, false)
}

/**
 * Claims a block of neighbouring ports for one stack, so that stacks of several test workers never share one.
 * @param exportPorts  how many ports the hub may give to qemu-nbd (1 to 40)
 * @throws Error when no block is free
 */
export async function claimPorts(exportPorts = 16): Promise<PortBlock> {
  const claims = path.join(defaultHome('sendense-test'), 'ports')
  await mkdir(claims, { recursive: true })
  const from = Math.floor(Math.random() * BLOCKS)
  for (let n = 0; n < BLOCKS; n++) {
    const base = FIRST + ((from + n) % BLOCKS) * BLOCK
    const claim = path.join(claims, String(base))
    if (!(await take(claim))) continue
    const ports = Array.from({ length: BLOCK }, (_, index) => base + index)
    const free = await Promise.all(ports.map((port) => isFree(port)))
    if (!free.every(Boolean)) {
      await rm(claim, { force: true })
      continue
    }
    return {
      http: base,
      ssh: base + 1,
      control: [base + 2, base + 9],
      exports: [base + 16, base + 16 + exportPorts - 1],
      all: [base, base + BLOCK - 1],
      [Symbol.asyncDispose]: () => rm(claim, { force: true }),
    }
  }
  throw new Error('no block of 64 free ports between 20000 and 32159')
}

/** Listens on every port of the range that is free, as somebody else's program would. */
export async function occupyPorts([from, to]: readonly [number, number]): Promise<AsyncDisposable> {
  const servers: net.Server[] = []
  for (let port = from; port <= to; port++) {
    const server = net.createServer((socket) => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host: '127.0.0.1' }, resolve)
    })
    servers.push(server)
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

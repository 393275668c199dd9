import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'

const upstreamSchema = z.record(z.string(), z.object({ host: z.string(), port: z.number() }))

/** Puts a wire of the test's own between the copier of a machine and the tunnel. */
export interface Routes {
  /** A module for the appliance to be started with (`node --require`). */
  preload: string
  /** From now on copies of that machine's disks go through these ports of 127.0.0.1 instead. Answers how to take it back. */
  set(name: string, ports: Readonly<Record<number, number>>): Promise<() => Promise<void>>
  /** Where the newest copy of that machine would have sent a disk. @throws Error when there was none */
  upstream(name: string, key: number): Promise<{ host: string; port: number }>
}

/** Changes the targets that an appliance starts transfer processes with; what it knows of its tunnels stays as it is. */
export async function openRoutes(directory: string): Promise<Routes> {
  const [routes, upstreams] = [path.join(directory, 'routes'), path.join(directory, 'upstreams')]
  await Promise.all([routes, upstreams].map((each) => mkdir(each, { recursive: true })))
  const preload = path.join(directory, 'routes.cjs')
  const text = `
    const processes = require('node:child_process'), fs = require('node:fs')
    const { spawn } = processes
    const [routes, upstreams] = ${JSON.stringify([routes, upstreams])}
    function reroute(args) {
      const at = args.indexOf('--job-dir')
      const targets = args.indexOf('--targets') + 1
      if (at < 0 || targets === 0 || args[at - 1] !== 'transfer') return args
      const job = fs.readFileSync(args[at + 1] + '/job.json', 'utf8')
      const name = fs.readdirSync(routes).find((each) => job.includes(JSON.stringify(each)))
      if (!name) return args
      const ports = JSON.parse(fs.readFileSync(routes + '/' + name, 'utf8'))
      const before = {}
      const changed = args[targets].replace(/([^,:]+):nbd:\\/\\/([^:]+):([0-9]+)/g, (whole, key, host, port) => {
        before[key] = { host, port: Number(port) }
        return ports[key] ? key + ':nbd://127.0.0.1:' + ports[key] : whole
      })
      fs.writeFileSync(upstreams + '/' + name, JSON.stringify(before))
      return [...args.slice(0, targets), changed, ...args.slice(targets + 1)]
    }
    processes.spawn = (command, args, options) => spawn(command, Array.isArray(args) ? reroute(args) : args, options)
    // What is imported by name takes the new function, too.
    require('node:module').syncBuiltinESMExports()
  `
  await writeFile(preload, text)
  return {
    preload,
    set: async (name, ports) => {
      const file = path.join(routes, name)
      await writeFile(file, JSON.stringify(ports))
      return () => rm(file, { force: true })
    },
    upstream: async (name, key) => {
      const known = upstreamSchema.parse(JSON.parse(await readFile(path.join(upstreams, name), 'utf8')))
      const found = known[String(key)]
      if (!found) throw new Error(`no copy of ${name} has a disk ${key}`)
      return found
    },
  }
}

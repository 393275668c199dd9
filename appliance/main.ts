import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'
import { stopSignal } from '#lib/process/stop-signal.ts'
import { versionLine } from './build-id.ts'
import { options, required, UsageError } from './command-line.ts'
import { doctorCommand } from './commands/doctor.ts'
import { enrollCommand } from './commands/enroll.ts'
import { startAppliance } from './daemon.ts'
import { init } from './init.ts'
import { type Drain, drains } from './jobs/registry.ts'
import { join } from './join.ts'
import { stderrLog } from './log.ts'
import { runTransfer } from './transfer/main.ts'

const usage = `Usage:
  init --data DIR --name NAME --listen 127.0.0.2 [--api-port PORT]
      makes directory, keys, token and settings; prints JSON
  enroll --hub URL [--data DIR] [--name NAME] [--code CODE | --code-file FILE] [--listen 127.0.0.2] [--api-port PORT]
      joins the hub by a pairing code of its page Appliances: makes what init makes, asks, waits for approval. Without --code it
      asks for the code, or reads it from stdin: other users of this machine see what stands in a command line. Without a code,
      a request that waits already is waited for again
  join --data DIR --hub-host HOST --hub-port PORT --hub-user USER --host-key 'ssh-ed25519 …' --control-port PORT
      says which hub to dial, by the words that the hub's page Appliances shows
  run --data DIR [--drain handover|wait|cancel]
      runs the appliance until SIGTERM; then running backups go on for the next start (handover, the default),
      are waited for (wait; a second signal hands over), or are ended (cancel)
  transfer --job-dir DIR --targets STRING [--tunnel-away SECONDS]
      the transfer process of one job; started by the appliance
  doctor [--data DIR] [--json]
      looks at tools, files, ports, disks, hub, tunnel and clock; what fails says what to do (exit status 1)
  version`

function drainOf(given = 'handover'): Drain {
  const drain = drains.find((each) => each === given)
  if (drain) return drain
  throw new UsageError(`--drain is one of ${drains.join(', ')}`)
}

async function main(argv: string[]): Promise<number> {
  const [command, ...args] = argv
  switch (command) {
    case 'init': {
      const given = options(args, ['data', 'name', 'listen', 'api-port'])
      const port = given['api-port']
      const result = await init({
        dataDir: path.resolve(required(given.data, 'data')),
        name: required(given.name, 'name'),
        listenHost: required(given.listen, 'listen'),
        ...(port === undefined ? {} : { apiPort: Number(port) }),
      })
      process.stdout.write(`${JSON.stringify(result)}\n`)
      return 0
    }
    case 'enroll':
      return await enrollCommand(args)
    case 'doctor':
      return await doctorCommand(args)
    case 'join': {
      const given = options(args, ['data', 'hub-host', 'hub-port', 'hub-user', 'host-key', 'control-port'])
      const word = (name: keyof typeof given) => required(given[name], name)
      const dataDir = path.resolve(word('data'))
      await join(dataDir, {
        sshHost: word('hub-host'),
        sshPort: Number(word('hub-port')),
        sshUser: word('hub-user'),
        hostKey: word('host-key'),
        apiPort: Number(word('control-port')),
      })
      const hub = `${word('hub-host')}, port ${word('hub-port')}`
      process.stdout.write(`The hub to dial: ${hub}. A running appliance dials it by itself; "doctor" tries the way.\n`)
      return 0
    }
    case 'run': {
      const given = options(args, ['data', 'drain'])
      const dataDir = path.resolve(required(given.data, 'data'))
      const drain = drainOf(given.drain)
      const signal = stopSignal()
      const log = stderrLog()
      const self = { command: process.execPath, args: [...process.execArgv, process.argv[1] ?? ''] }
      await using appliance = await startAppliance({ dataDir, self, log, drain })
      process.on('SIGHUP', () => void appliance.reload())
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      log.info('appliance stops', { reason: String(signal.reason), drain })
      if (drain === 'wait') await appliance.drained(stopSignal())
      return 0
    }
    case 'transfer': {
      const given = options(args, ['job-dir', 'targets', 'tunnel-away', 'tunnel-away-total'])
      const jobDirectory = required(given['job-dir'], 'job-dir')
      return await runTransfer({
        jobDirectory,
        targets: required(given.targets, 'targets'),
        tunnelAwayMs: Number(given['tunnel-away'] ?? 300) * 1000,
        tunnelAwayTotalMs: Number(given['tunnel-away-total'] ?? 3600) * 1000,
        signal: stopSignal(),
      })
    }
    case 'version':
      process.stdout.write(`${versionLine}\n`)
      return 0
    default:
      throw new UsageError(command === undefined ? 'no command given' : `unknown command "${command}"`)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n${usage}\n`)
    process.exitCode = 2
  } else if (error instanceof ProblemError) {
    const { happened, remedy } = error.problem
    process.stderr.write(`${[happened, remedy].filter((part) => part !== undefined).join('\n')}\n`)
    process.exitCode = 1
  } else throw error
}

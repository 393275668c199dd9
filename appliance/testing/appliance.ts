import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { JobReport } from '#contracts/appliance.ts'
import { applianceEntry } from '#e2e/world/appliance.ts'
import { waitFor } from '#lib/async/wait.ts'
import { type Daemon, startDaemon, stopProcess } from '#lib/process/daemon.ts'
import { tailFile } from '#lib/process/tail.ts'
import { type ApplianceClient, createApplianceClient } from '#server/drivers/appliance/driver.ts'
import { type ApplianceConfig, appliancePaths } from '../config.ts'
import { readConfig, writeConfig } from '../config-file.ts'
import { init } from '../init.ts'
import type { Drain } from '../jobs/registry.ts'
import { anyPort } from './hub.ts'

export interface TestAppliance extends AsyncDisposable {
  dataDir: string
  listenHost: string
  apiPort: number
  token: string
  /** The hub's own client, on the API directly (not through a tunnel). */
  api: ApplianceClient
  daemon: Daemon
  configure(change: (config: ApplianceConfig) => ApplianceConfig): Promise<void>
  /** SIGKILL or SIGTERM; returns when it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** @param drain as `run --drain` has it */
  restart(drain?: Drain): Promise<void>
  log(): Promise<string>
}

let lastHost = 0

/**
 * An appliance in a process of its own, on a loopback address of its own.
 * @param built what is run; default: the bundle when it is up to date (it starts in a third of the time), else the sources
 */
export async function startTestAppliance(directory: string, built?: string): Promise<TestAppliance> {
  const entry = built ?? (await applianceEntry())
  const listenHost = ownAddress()
  const dataDir = path.join(directory, 'appliance')
  const apiPort = await anyPort(listenHost)
  await init({ dataDir, name: 'node-1', listenHost, apiPort })
  const paths = appliancePaths(dataDir)
  const token = (await readFile(paths.apiToken, 'utf8')).trim()
  const logFile = path.join(directory, 'appliance.log')
  const api = createApplianceClient({ host: listenHost, port: apiPort, token, buildId: 'test' })
  const start = async (drain: Drain = 'cancel') => {
    const options = { logFile, mark: 'test-appliance' }
    const daemon = await startDaemon(process.execPath, [entry, 'run', '--data', dataDir, '--drain', drain], options)
    const answers = () =>
      api.call('inventory', {}).then(
        () => true,
        () => false,
      )
    const ready = await waitFor(answers, { deadlineMs: 15_000, everyMs: 20 })
    if (!ready) throw new Error(`the appliance does not answer:\n${(await tailFile(logFile)).join('\n')}`)
    return daemon
  }
  const appliance = {
    dataDir,
    listenHost,
    apiPort,
    token,
    api,
    daemon: await start(),
    configure: async (change: (config: ApplianceConfig) => ApplianceConfig) =>
      writeConfig(paths.config, change(await readConfig(paths.config))),
    end: async (signal: 'SIGKILL' | 'SIGTERM') => {
      process.kill(appliance.daemon.pid, signal)
      await appliance.daemon.exited
    },
    restart: async (drain?: Drain) => {
      appliance.daemon = await start(drain)
    },
    log: async () => (await tailFile(logFile)).join('\n'),
    [Symbol.asyncDispose]: async () => {
      await stopProcess(appliance.daemon, 10_000)
    },
  }
  return appliance
}

/** Workers of one run have different pids, appliances of one worker different numbers. */
function ownAddress(): string {
  lastHost = (lastHost + 1) % 250
  return `127.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}.${2 + lastHost}`
}

/** Every report of a job until its client ended, coming again as the hub does when a stream breaks. */
export async function reportsOf(api: ApplianceClient, jobId: string, after = 0): Promise<JobReport[]> {
  const reports: JobReport[] = []
  for await (const report of api.reports(jobId, after, AbortSignal.timeout(50_000))) reports.push(report)
  return reports
}

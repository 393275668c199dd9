import { ProblemError } from '#contracts/problem.ts'
import type { ApplianceView } from '#contracts/views.ts'
import { addImageVm, checkout, configureAppliance, initAppliance } from '#e2e/world/appliance.ts'
import { isFree } from '#e2e/world/ports.ts'
import { type Part, startPart } from '#e2e/world/processes.ts'
import { waitFor } from '#lib/async/wait.ts'
import type { DemoVm } from '#scripts/demo-vm/build.ts'
import type { HubClient } from './client.ts'
import type { DemoHub } from './hub.ts'
import type { DemoPaths } from './paths.ts'
import { choosePort } from './ports.ts'

/** Its own loopback address: hub and hypervisor share this machine, and the data must not find a way beside the tunnel. */
const ADDRESS = '127.0.0.2'

export interface DemoNode {
  appliance: Part
  applianceId: string
  /** As the hub knows it. */
  name: string
  apiPort: number
}

/**
 * The name of the appliance to use: the one that earlier demos registered, unless another program has its port on the
 * hub by now; a port stays an appliance's for ever, so that needs a new appliance.
 */
async function chooseName(known: readonly ApplianceView[], say: (line: string) => void): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'demo-node' : `demo-node-${number}`
    const row = known.find((appliance) => appliance.name === name)
    if (!row || (await isFree(row.apiPort))) return name
    say(`  Port ${row.apiPort} (appliance ${name}) is taken by another program: making another appliance.`)
  }
}

/** Starts the appliance as a process of its own and joins it to the hub by keys made here and now. */
export async function startNode(
  demo: { paths: DemoPaths; hub: DemoHub; client: HubClient; vm: DemoVm },
  say: (line: string) => void,
): Promise<DemoNode & AsyncDisposable> {
  const { client, paths, vm } = demo
  const known = await client.appliances.list.query()
  const name = await chooseName(known, say)
  const { data, log } = paths.appliance(name)
  const apiPort = await choosePort("the appliance's own API", 9081, say, ADDRESS)
  const { entry, publicKey, apiToken } = await initAppliance({ dataDir: data, name, listenHost: ADDRESS, apiPort })
  const registered = known.find((appliance) => appliance.name === name)
  if (registered) {
    const { port, host } = demo.hub.env.ssh
    await configureAppliance(data, (config) => ({
      ...config,
      hub: config.hub && { ...config.hub, sshHost: host, sshPort: port },
    }))
  } else {
    const { hub } = await client.appliances.register.mutate({ name, publicKey, apiToken })
    await configureAppliance(data, (config) => ({ ...config, hub }))
  }
  await addImageVm(data, {
    ref: vm.name,
    name: vm.name,
    disks: vm.disks.map(({ key, label, path }) => ({ key, label, path })),
  })
  const appliance = await startPart({
    name: 'appliance',
    command: process.execPath,
    args: [entry, 'run', '--data', data, '--drain', 'cancel'],
    env: {},
    logFile: log,
    cwd: checkout,
    root: paths.root,
  })
  const online = async () => {
    const row = (await client.appliances.list.query()).find((one) => one.name === name)
    return row?.state === 'online' && row
  }
  const row = await waitFor(online, { deadlineMs: 30_000, everyMs: 100 })
  if (!row) {
    const stderr = await appliance.log(10)
    await appliance.stop()
    throw new ProblemError({
      code: 'appliance_unreachable',
      happened: 'The appliance did not reach the hub within 30 s.',
      remedy: `Read ${log} and the logs in ${demo.hub.env.paths.log}.`,
      tool: { command: 'appliance run', exitCode: null, signal: null, stderr },
    })
  }
  return { appliance, applianceId: row.id, name, apiPort: row.apiPort, [Symbol.asyncDispose]: () => appliance.stop() }
}

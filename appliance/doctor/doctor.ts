import { appliancePaths } from '../config.ts'
import { readConfig } from '../config-file.ts'
import { exists } from '../files.ts'
import { askDaemon } from '../local-api.ts'
import { checkDisk, checkFiles, checkNode, checkPorts, checkSources, checkTools } from './host.ts'
import { checkClock, checkHubPort, checkTunnel } from './hub.ts'
import { type Finding, failed } from './report.ts'

/** Everything that has to be right for this appliance to work, looked at now. Changes nothing. */
export async function examine(dataDir: string): Promise<Finding[]> {
  const paths = appliancePaths(dataDir)
  const tools = [checkNode(), ...(await checkTools())]
  if (!(await exists(paths.config)))
    return [
      ...tools,
      failed('settings', `${paths.config} is not there`, 'Join a hub: "sendense-appliance enroll --hub URL".'),
    ]
  const config = await readConfig(paths.config)
  const hello = await askDaemon(paths, config)
  const [files, disk, ports, sources, hub, clock] = await Promise.all([
    checkFiles(paths),
    checkDisk(paths),
    checkPorts(config, hello),
    checkSources(config),
    checkHubPort(config),
    checkClock(config),
  ])
  return [...tools, files, disk, ...ports, ...sources, hub, checkTunnel(config, hello), clock]
}

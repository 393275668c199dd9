import path from 'node:path'
import { defaultHome } from '#server/env.ts'

/** Where the demo keeps everything: one directory, so that forgetting it is removing it. */
export function demoPaths(root: string = defaultHome('sendense-demo')) {
  return {
    root,
    lock: path.join(root, 'lock'),
    hub: path.join(root, 'hub'),
    vm: path.join(root, 'vm'),
    repository: path.join(root, 'repository'),
    /** Data directory and log of an appliance; there is a second one when the first one's port was taken by others. */
    appliance: (name: string) => ({ data: path.join(root, name), log: path.join(root, `${name}.log`) }),
  }
}
export type DemoPaths = ReturnType<typeof demoPaths>

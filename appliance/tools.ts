import { toolVersions as versionsOf } from '#lib/host/tool-versions.ts'

/** What the appliance needs, with the argument that makes each name its version. */
const tools = [
  ['nbdkit', '--version'],
  ['qemu-nbd', '--version'],
  ['qemu-img', '--version'],
  ['setpriv', '--version'],
  ['ssh', '-V'],
  ['ss', '-V'],
] as const

/** Name and version of each tool; version null: not installed. */
export const toolVersions = () => versionsOf(tools)

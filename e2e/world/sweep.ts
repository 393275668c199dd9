import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { stopProcess } from '#lib/process/daemon.ts'
import { isAlive, type ProcessIdentity, processIdentity } from '#lib/process/procfs.ts'
import { run } from '#lib/process/run.ts'
import { defaultHome } from '#server/env.ts'
import { OWNER_FILE } from './files.ts'
import { processesOf } from './processes.ts'

/** True when the run that made the directory is over; a directory without an owner is not ours to judge. */
async function abandoned(directory: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(path.join(directory, OWNER_FILE), 'utf8')) as ProcessIdentity
    return !(await isAlive(owner))
  } catch {
    return false
  }
}

/**
 * Ends and removes what runs left behind whose runner was killed: processes that carry the path of an abandoned
 * directory, then the directory. Nothing else is touched.
 */
export async function sweepAbandoned(): Promise<void> {
  const home = defaultHome('sendense-test')
  for (const name of await readdir(home).catch(() => [])) {
    const directory = path.join(home, name)
    if (!(await abandoned(directory))) continue
    // What stops an appliance or engine ends their own children first; a second look finds what is left.
    for (let round = 0; round < 3; round++) {
      const identities = await Promise.all((await processesOf(directory)).map(({ pid }) => processIdentity(pid)))
      await Promise.all(identities.map((identity) => identity && stopProcess(identity, 3000)))
    }
    await unmountBelow(directory)
    await rm(directory, { recursive: true, force: true })
  }
}

/** Takes away what slow and small disks of tests were mounted as, with their loop devices. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '))
  const own = mounts.filter(([, point]) => point?.startsWith(`${directory}/`)).toReversed()
  for (const [device = '', point = ''] of own) {
    await run('umount', ['-l', point])
    if (device.startsWith('/dev/loop')) await run('losetup', ['-d', device])
  }
}

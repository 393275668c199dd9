/** @module-tag long */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ProblemCode } from '#contracts/problem.ts'
import { occupyPorts } from '../world/ports.ts'
import { binOf } from '../world/processes.ts'
import { expectFailed, expectIdentical } from '../world/proof.ts'
import { listeningIn } from '../world/sockets.ts'
import { sharedStack, type TestDisk } from '../world/stack-tests.ts'

const MIB = 1024 * 1024
const world = sharedStack({ exportPorts: 4, engineEnv: { SENDENSE_APPLIANCE_AWAY_SECONDS: '5' } })
let source: TestDisk
beforeAll(async () => {
  source = await world.disk('fail', {
    sizeBytes: 64 * MIB,
    extents: [{ kind: 'random', offset: 0, length: 64 * MIB }],
  })
})

/** A backup that must fail, and the same machine's backup once the cause is gone, which must not. */
async function failsThenRecovers(
  name: string,
  codes: ProblemCode[],
  words: RegExp,
  trouble: () => Promise<() => Promise<void>>,
) {
  const vm = await world.stack.addVm({ name, disks: [source] })
  const mend = await trouble()
  try {
    const job = await world.stack.finished((await world.stack.backUp(vm.id)).id)
    await expectFailed(world.stack, job, codes, words)
  } finally {
    await mend()
  }
  await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(vm.id)).id), [source])
}

describe('before the copy', () => {
  it('source file gone', async () => {
    const away = `${source.path}.away`
    await failsThenRecovers('gone', ['source_missing'], /fail-2000\.raw|No such file/, async () => {
      await rename(source.path, away)
      return () => rename(away, source.path)
    })
  })

  it('repository missing', { tags: ['long'] }, async () => {
    const away = `${world.stack.repositoryPath}.away`
    await failsThenRecovers('no-repository', ['repository_missing'], /repository/, async () => {
      await rename(world.stack.repositoryPath, away)
      return () => rename(away, world.stack.repositoryPath)
    })
  })

  it('repository without its identity file, as when its disk is not mounted', async () => {
    const away = `${world.stack.repositoryPath}.away`
    await failsThenRecovers('unmounted', ['repository_identity', 'repository_missing'], /identity|mount/i, async () => {
      await rename(world.stack.repositoryPath, away)
      await mkdir(world.stack.repositoryPath)
      return async () => {
        await rm(world.stack.repositoryPath, { recursive: true })
        await rename(away, world.stack.repositoryPath)
      }
    })
  })

  it('no free port', { tags: ['long'] }, async () => {
    await failsThenRecovers('no-port', ['no_free_port'], /port/, async () => {
      const taken = await occupyPorts(world.stack.env.exportPorts)
      return async () => taken[Symbol.asyncDispose]()
    })
  })

  it('qemu-nbd does not start', { tags: ['long'] }, async () => {
    const bin = binOf(world.stack.root)
    await failsThenRecovers('no-qemu-nbd', ['export_failed'], /qemu-nbd.*unrecognized option/s, async () => {
      await mkdir(bin)
      const words = '#!/bin/sh\nexec /usr/bin/qemu-nbd --of-another-version "$@"\n'
      await writeFile(path.join(bin, 'qemu-nbd'), words, { mode: 0o755 })
      return () => rm(bin, { recursive: true })
    })
  })

  it('tunnel refused: the SSH server takes the connection and says nothing', { tags: ['long'] }, async () => {
    await failsThenRecovers('tunnel-refused', ['tunnel_refused'], /tunnel/, async () => {
      const { port } = world.stack.env.ssh
      const pids = (await listeningIn([port, port])).flatMap((socket) => socket.pids)
      expect(pids.length).toBe(1)
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      return async () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT')
      }
    })
  })

  it('appliance down', { tags: ['long'] }, async () => {
    await failsThenRecovers('no-appliance', ['appliance_unreachable'], /appliance|node-1/, async () => {
      await world.stack.appliance.stop()
      return async () => {
        await world.stack.appliance.restart()
        await world.stack.online()
      }
    })
  })
})

describe('in the middle of the copy', () => {
  it('the appliance is killed, and comes back clean', { tags: ['long'] }, async () => {
    await using backup = await world.slowBackup('appliance-killed', source)
    await world.stack.appliance.kill()
    const job = await world.stack.finished(backup.jobId)
    await world.stack.appliance.restart()
    await world.stack.online()
    await expectFailed(
      world.stack,
      job,
      ['appliance_unreachable', 'copy_failed', 'client_exited', 'tunnel_refused'],
      /appliance|tunnel/i,
    )
    const next = await world.stack.addVm({ name: 'appliance-killed', disks: [source] })
    await expectIdentical(world.stack, await world.stack.finished((await world.stack.backUp(next.id)).id), [source])
  })
})

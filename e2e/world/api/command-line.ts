import { stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '#lib/process/run.ts'
import { checkout } from '../appliance.ts'
import { serveSlowly } from '../slow-source.ts'
import type { Stack } from '../stack.ts'

export interface CommandLineWorld {
  stack: Stack
  /** For its files. */
  directory: string
  token: string
  /** A disk, for a machine that is slow to read. */
  source: string
  /** A machine with disks 2000 and 2001. */
  vmName: string
}

/** `sendense` against a running hub, as a program of its own. `world` is there once the tests run. */
export function commandLineTests(world: () => CommandLineWorld): void {
  describe('the command line', () => {
    const sendense = async (args: readonly string[], input?: string, env: Record<string, string> = {}) => {
      const { directory, stack } = world()
      const own = { HOME: directory, XDG_CONFIG_HOME: directory, SENDENSE_URL: stack.url, NO_COLOR: '1', ...env }
      const options = { env: own, ...(input === undefined ? {} : { input }) }
      const { stdout, stderr, exitCode } = await run(
        process.execPath,
        [path.join(checkout, 'dist/sendense.mjs'), ...args],
        options,
      )
      return { stdout, stderr, exitCode, json: () => JSON.parse(stdout) }
    }

    it('keeps a token for its owner alone, and is refused without one', async () => {
      const { directory, token } = world()
      const other = path.join(directory, 'other-token')
      await writeFile(other, `${token}x`, { mode: 0o600 })
      expect(await sendense(['vm', 'list'])).toMatchObject({ exitCode: 4, stdout: '' })
      expect((await sendense(['token', 'save'], `${token}\n`)).exitCode).toBe(0)
      expect((await stat(path.join(directory, 'sendense/token'))).mode & 0o777).toBe(0o600)
      expect((await sendense(['token', 'check'])).exitCode).toBe(0)
      const wrong = await sendense(['vm', 'list'], undefined, { SENDENSE_TOKEN_FILE: other })
      expect(wrong.exitCode).toBe(4)
    })

    it('backs a machine up and follows it to its end', async () => {
      const { stdout, stderr, exitCode } = await sendense(['backup', 'create', world().vmName, '--watch'])
      expect([stderr, exitCode]).toEqual(['', 0])
      expect(stdout).toContain('100 %')
      expect(stdout).toMatch(/state +completed/)
    })

    it('shows what there is, to people and to programs', async () => {
      const { stack, vmName } = world()
      const list = await sendense(['backup', 'list', '--json', '--limit', '1'])
      const [newest] = list.json()
      expect(newest).toMatchObject({ state: 'completed', vm_name: vmName })
      expect((await sendense(['backup', 'show', newest.backup_id])).stdout).toContain('disk-2001.qcow2')
      const asked = [
        [['vm', 'show', vmName], '2000'],
        [['vm', 'chain', vmName], newest.backup_id],
        [['repo', 'list'], stack.repositoryPath],
        [['appliance', 'show', 'node-1'], 'online'],
        [['appliance', 'probe', 'node-1'], ''],
        [['appliance', 'limit', 'node-1', '--mib-per-second', '99999'], '97.6 GiB/s'],
        [['health'], 'works'],
        [['backup', 'check', vmName], 'passed'],
        [['completion', 'bash'], 'sendense'],
        [['completion', 'zsh'], '#compdef sendense'],
        [['complete', '--', 'backup', ''], 'create'],
      ] as const
      await Promise.all(
        asked.map(async ([args, words]) => {
          const { stdout, stderr, exitCode } = await sendense(args)
          expect([stderr, exitCode], args.join(' ')).toEqual(['', 0])
          expect(stdout, args.join(' ')).toContain(words)
        }),
      )
    })

    it('A9: looks at a repository’s restore points, and its status says whether all of them count', async () => {
      const { stdout, stderr, exitCode } = await sendense(['repository', 'look', 'main'])
      expect(stderr).toBe('')
      expect(stdout).toMatch(/[1-9]\d* looked at, 0 stand otherwise/)
      expect(exitCode).toBe(/damaged|missing|not looked at|without digest map/.test(stdout) ? 1 : 0)
    })

    it('ends as its statuses say, with words on standard error', async () => {
      const asked = [
        [['vm', 'show', 'nobody'], 5, 'no virtual machine "nobody"', {}],
        [['backup', 'show', 'backup-none-1700000000'], 5, 'There is no backup', {}],
        [['backup', 'crate'], 2, 'Did you mean create', {}],
        [['backup', 'list', '--state', 'odd'], 2, 'state', {}],
        [['backup', 'list', '--limit', '0'], 2, '1 or more', {}],
        [['appliance', 'limit', 'node-1', '--mib-per-second', '0'], 2, 'whole number', {}],
        [['appliance', 'limit', 'node-1', '--mib-per-second', '100001'], 2, '', {}],
        [['appliance', 'limit', 'node-1'], 2, 'mib-per-second', {}],
        [['repo', 'remove', 'main'], 6, '', {}],
        [['vm', 'list'], 3, 'does not answer', { SENDENSE_URL: 'http://127.0.0.1:9' }],
      ] as const
      await Promise.all(
        asked.map(async ([args, status, words, env]) => {
          const { stdout, stderr, exitCode } = await sendense(args, undefined, env)
          expect([stdout, exitCode], `${args.join(' ')}: ${stderr}`).toEqual(['', status])
          expect(stderr, args.join(' ')).toContain(words)
        }),
      )
    })

    it('a backup that is cancelled while it is followed says so', async () => {
      const { stack, directory, source } = world()
      await using slow = await serveSlowly(source, directory, '1M')
      await stack.addVm({ name: 'slow', disks: [{ key: 2000, url: slow.url }] })
      const begun = (await sendense(['backup', 'create', 'slow', '--json'])).json()
      const watched = sendense(['backup', 'watch', begun.backup_id])
      expect((await sendense(['backup', 'cancel', begun.backup_id])).exitCode).toBe(0)
      expect(await watched).toMatchObject({ exitCode: 7, stdout: expect.stringContaining('cancelled') })
    })
  })
}

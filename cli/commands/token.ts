import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Contextual } from '../context.ts'
import { tone } from '../format.ts'
import { tokenIn } from '../settings.ts'

interface Health {
  ok: boolean
  version: string
  build_id: string
  database: boolean
  engine: boolean
}

/** Written as a whole, for its owner alone. */
async function save(file: string, token: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await rm(file, { force: true })
  await using handle = await open(file, 'wx', 0o600)
  await handle.writeFile(`${token}\n`)
}

/** `sendense token …` and `sendense health` */
export function addToken(program: Command, within: Contextual): void {
  const token = program.command('token').description('Keep the token that the other commands ask with')

  token
    .command('save')
    .description('Keep a token: read from standard input, never from the command line')
    .action(() =>
      within(async ({ settings, out }) => {
        if (process.stdin.isTTY) process.stderr.write('Paste the token of Settings, Access, then Enter and Ctrl-D:\n')
        await save(settings.tokenFile, tokenIn(await text(process.stdin), 'what was typed'))
        out.say(
          { saved: settings.tokenFile },
          () => `Kept in ${settings.tokenFile}, for you alone. Try it: sendense token check`,
        )
      }),
    )

  token
    .command('check')
    .description('Ask the hub whether it takes the token')
    .action(() =>
      within(async ({ api, out, settings }) => {
        await api.get('/backups?limit=1')
        out.say({ ok: true, url: settings.url }, () => `${tone('ok', '✓')} The hub at ${settings.url} takes the token.`)
      }),
    )

  token
    .command('forget')
    .description('Remove the kept token from this machine; revoke it in Settings, Access')
    .action(() =>
      within(async ({ settings, out }) => {
        await rm(settings.tokenFile, { force: true })
        out.say(
          { forgotten: settings.tokenFile },
          () => 'Forgotten here. The hub still takes it until it is revoked in Settings, Access.',
        )
      }),
    )

  program
    .command('health')
    .description('Ask whether the hub can work')
    .action(() =>
      within(async ({ api, out, settings }) => {
        const health = await api.get<Health>('/health')
        out.say(
          health,
          () => `${tone('ok', '✓')} ${settings.url} works: Sendense ${health.version}, build ${health.build_id}.`,
        )
      }),
    )
}

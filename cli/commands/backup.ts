import { type Command, InvalidArgumentError } from 'commander'
import { sleep } from '#lib/async/wait.ts'
import { formatDuration } from '#lib/format/duration.ts'
import type { Api } from '../api.ts'
import type { Contextual } from '../context.ts'
import { exits } from '../exit.ts'
import { bytes, facts, plain, state, table, time, tone } from '../format.ts'
import { repositoryNamed, vmNamed } from '../names.ts'
import { copiedOf } from '../progress.ts'
import type { BackupRow, BackupWhole, CheckWhole, Problem } from '../views.ts'
import { exitOf, isOver, watchBackup } from '../watch.ts'

export function problemLines({ happened, safe, remedy, tool }: Problem): string {
  const words = [tone('bad', plain(happened)), safe, remedy && `→ ${remedy}`].filter(Boolean) as string[]
  const said = tool
    ? [
        `  ${tool.command} ended with ${tool.exit_code ?? 'a signal'}:`,
        ...tool.stderr.slice(-5).map((each) => `    ${each}`),
      ]
    : []
  return [words[0] ?? '', ...words.slice(1).map(plain), ...said.map((each) => tone('dim', plain(each)))].join('\n')
}

/** The verdict with what it rests on, and what to type next. */
function verdictFacts({ sentence, evidence, next }: NonNullable<BackupWhole['ledger']>['verdict']) {
  return [
    ['verdict', plain(sentence)],
    ...(evidence.length > 0 ? ([['measured', plain(evidence.join('; '))]] as const) : []),
    ...(next === null ? [] : ([['next', plain(next)]] as const)),
  ] as const
}

export function backupWords(backup: BackupWhole): string {
  const took = backup.finished_at && (Date.parse(backup.finished_at) - Date.parse(backup.created_at)) / 1000
  const head = facts([
    ['backup', backup.backup_id],
    ['state', `${state(backup.state)} ${tone('dim', `since ${time(backup.state_since)}`)}`],
    ['machine', plain(backup.vm_name)],
    ['repository', plain(backup.repository_name)],
    ['begun', `${time(backup.created_at)}${took ? `, took ${formatDuration(took)}` : ''}`],
    ...(backup.ledger ? verdictFacts(backup.ledger.verdict) : []),
    ...(backup.targets ? ([['targets', backup.targets]] as const) : []),
  ])
  const disks = table(backup.disks, [
    { title: 'DISK', right: true, of: ({ key }) => String(key) },
    { title: 'STATE', of: (disk) => disk.state },
    { title: 'SIZE', right: true, of: (disk) => bytes(disk.size_bytes) },
    { title: 'DATA', right: true, of: (disk) => bytes(disk.data_bytes) },
    { title: 'COPIED', right: true, of: (disk) => bytes(copiedOf(disk)) },
    { title: 'IMAGE', of: (disk) => plain(disk.image_path ?? '–') },
  ])
  return [
    head,
    ...(backup.disks.length > 0 ? ['', disks] : []),
    ...(backup.problem ? ['', problemLines(backup.problem)] : []),
  ].join('\n')
}

const backupTable = (list: readonly BackupRow[]) =>
  list.length === 0
    ? 'No backup.'
    : table(list, [
        { title: 'BACKUP', of: ({ backup_id }) => backup_id },
        { title: 'STATE', of: (backup) => state(backup.state) },
        { title: 'MACHINE', of: ({ vm_name }) => plain(vm_name) },
        { title: 'REPOSITORY', of: ({ repository_name }) => plain(repository_name) },
        { title: 'SIZE', right: true, of: ({ size_bytes }) => bytes(size_bytes) },
        { title: 'BEGUN', of: ({ created_at }) => time(created_at) },
      ])

function checkWords({ state: how, items }: CheckWhole): string {
  const lines = items.flatMap(({ id, outcome, detail, remedy }) => [
    `${outcome === 'failed' ? tone('bad', '✗ failed') : outcome === 'passed' ? tone('ok', '✓ passed') : tone('dim', '· skipped')}  ${id.padEnd(18)}  ${plain(detail)}`,
    ...(remedy ? [`${' '.repeat(30)}→ ${plain(remedy)}`] : []),
  ])
  return [...lines, '', `The check ${how === 'passed' ? tone('ok', 'passed') : tone('bad', how)}.`].join('\n')
}

/** @throws InvalidArgumentError */
function atLeastOne(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number, 1 or more.')
  return Number(text)
}

interface ListOptions {
  vm?: string
  state?: string
  active?: boolean
  limit: number
}

/** `sendense backup …` */
export function addBackup(program: Command, within: Contextual): void {
  const backup = program.command('backup').description('Back machines up, and see how it goes')

  backup
    .command('create')
    .description('Back a virtual machine up')
    .argument('<vm>', 'the machine, by its name or id')
    .option('-r, --repo <repository>', 'where to keep it, by name or id; not needed when there is only one')
    .option('-w, --watch', 'follow it to its end; the exit status says how it ended')
    .action((vm: string, options: { repo?: string; watch?: boolean }) =>
      within(async ({ api, out, signal, exit }) => {
        const [machine, repository] = [await vmNamed(api, vm), await repositoryNamed(api, options.repo)]
        const body = { vm_id: machine.id, repository_id: repository.id }
        const begun = await api.ask<BackupWhole>('POST', '/backups', body, {
          prefer: options.watch ? 'wait=0' : 'wait=10',
        })
        if (!options.watch) {
          if (isOver(begun.state)) exit(exitOf(begun.state))
          return out.say(begun, () => backupWords(begun))
        }
        out.note(`${begun.backup_id} of ${machine.name} into ${repository.name}`)
        const ended = await watchBackup(api, begun.backup_id, out, signal)
        exit(exitOf(ended.state))
        out.say(ended, () => `\n${backupWords(ended)}`)
      }),
    )

  backup
    .command('list')
    .description('List backups, newest first')
    .option('--vm <vm>', 'only of this machine')
    .option('--state <state>', 'only those that ended so: completed, failed or cancelled')
    .option('--active', 'only those that run')
    .option('-n, --limit <number>', 'how many at most', atLeastOne, 20)
    .action((options: ListOptions) =>
      within(async ({ api, out }) => {
        const query = new URLSearchParams({ limit: String(Math.min(200, options.limit)) })
        if (options.vm) query.set('vm_id', (await vmNamed(api, options.vm)).id)
        if (options.state) query.set('state', options.state)
        if (options.active) query.set('active', 'true')
        const list = await api.all<BackupRow>(`/backups?${query}`, options.limit)
        out.say(list, () => backupTable(list))
      }),
    )

  backup
    .command('show')
    .description('Show one backup: its state, its disks, what is wrong')
    .argument('<backup>', 'its id')
    .action((id: string) =>
      within(async ({ api, out }) => {
        const one = await api.get<BackupWhole>(`/backups/${encodeURIComponent(id)}`)
        out.say(one, () => backupWords(one))
      }),
    )

  backup
    .command('watch')
    .description('Follow a backup to its end; the exit status says how it ended')
    .argument('<backup>', 'its id')
    .action((id: string) =>
      within(async ({ api, out, signal, exit }) => {
        const ended = await watchBackup(api, id, out, signal)
        exit(exitOf(ended.state))
        out.say(ended, () => `\n${backupWords(ended)}`)
      }),
    )

  backup
    .command('cancel')
    .description('Cancel a running backup; earlier ones are untouched')
    .argument('<backup>', 'its id')
    .action((id: string) =>
      within(async ({ api, out }) => {
        const one = await api.ask<BackupRow>('POST', `/backups/${encodeURIComponent(id)}/cancel`)
        out.say(one, () => `${one.backup_id} is being cancelled: all that was made for it is removed.`)
      }),
    )

  backup
    .command('check')
    .description('Try whether a backup would work: known bytes go through the real tunnel and back')
    .argument('<vm>', 'the machine, by its name or id')
    .option('-r, --repo <repository>', 'where the known bytes go')
    .action((vm: string, options: { repo?: string }) =>
      within(async ({ api, out, signal, exit }) => {
        const machine = await vmNamed(api, vm)
        const body = options.repo ? { repository_id: (await repositoryNamed(api, options.repo)).id } : {}
        const begun = await api.ask<CheckWhole>('POST', `/vms/${machine.id}/check`, body)
        const ended = await endOfCheck(api, begun, signal)
        exit(ended.state === 'passed' ? exits.ok : exits.failed)
        out.say(ended, () => checkWords(ended))
      }),
    )
}

const LOOK_MS = 300

async function endOfCheck(api: Api, begun: CheckWhole, signal: AbortSignal): Promise<CheckWhole> {
  let check = begun
  while (check.state === 'running') {
    await sleep(LOOK_MS, signal)
    check = await api.get<CheckWhole>(`/checks/${check.id}`)
  }
  return check
}

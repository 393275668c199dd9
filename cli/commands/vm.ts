import type { Command } from 'commander'
import type { Contextual } from '../context.ts'
import { CliError, exits } from '../exit.ts'
import { bytes, facts, plain, state, table, time, tone } from '../format.ts'
import { vmNamed } from '../names.ts'
import type { PointRow, VmDiskRow, VmRow, VmWhole } from '../views.ts'

const standing = (word: string | null) => (word === null ? '–' : state(word))

const vmTable = (list: readonly VmRow[]) =>
  list.length === 0
    ? 'No virtual machine. They appear when an appliance has joined: sendense appliance list'
    : table(list, [
        { title: 'MACHINE', of: ({ name }) => plain(name) },
        { title: 'DISKS', right: true, of: ({ disk_count }) => String(disk_count) },
        { title: 'SIZE', right: true, of: ({ size_bytes }) => bytes(size_bytes) },
        {
          title: 'APPLIANCE',
          of: ({ appliance_name, missing }) => plain(appliance_name) + (missing ? ' (missing)' : ''),
        },
        { title: 'NEWEST RESTORE POINT', of: ({ newest_point_at }) => time(newest_point_at) },
        { title: 'STATE', of: ({ newest_standing }) => standing(newest_standing) },
        { title: 'LAST BACKUP', of: ({ last_job }) => (last_job ? state(last_job.state) : '–') },
        { title: 'ID', of: ({ id }) => id },
      ])

function vmWords(vm: VmWhole): string {
  const head = facts([
    ['machine', plain(vm.name)],
    ['id', vm.id],
    ['source', `${plain(vm.source)} on ${plain(vm.appliance_name)}${vm.missing ? ', no longer listed there' : ''}`],
    [
      'restore points',
      `${vm.restore_points.count}, ${bytes(vm.restore_points.stored_bytes)} stored, newest ${time(vm.newest_point_at)} ${standing(vm.newest_standing)}`,
    ],
    ...(vm.newest_standing === null || vm.newest_standing === 'ok'
      ? []
      : ([
          [
            'protected',
            tone('bad', `no: its newest restore point does not count; newest that does: ${time(vm.last_backup_at)}`),
          ],
        ] as const)),
  ])
  const disks = table(vm.disks, [
    { title: 'DISK', right: true, of: ({ key }) => String(key) },
    { title: 'SIZE', right: true, of: ({ size_bytes }) => bytes(size_bytes) },
    { title: 'LABEL', of: ({ label }) => plain(label) },
    {
      title: 'UNKNOWN STATE',
      of: ({ allow_unknown }) =>
        allow_unknown === null
          ? 'refused'
          : tone('warn', `allowed until ${time(allow_unknown.until)}: ${plain(allow_unknown.reason)}`),
    },
  ])
  return `${head}\n\n${disks}`
}

const chainTable = (list: readonly PointRow[]) =>
  list.length === 0
    ? 'No restore point yet: sendense backup create <vm>'
    : table(list, [
        { title: 'RESTORE POINT', of: ({ backup_id }) => backup_id },
        { title: 'TAKEN', of: ({ taken_at }) => time(taken_at) },
        { title: 'STATE', of: (point) => standing(point.standing) },
        { title: 'TYPE', of: ({ backup_type }) => backup_type },
        { title: 'ON', of: ({ parent_backup_id }) => parent_backup_id ?? '–' },
        {
          title: 'STORED',
          right: true,
          of: ({ disks }) => bytes(disks.reduce((sum, disk) => sum + disk.allocated_bytes, 0)),
        },
        {
          title: 'STATE',
          of: ({ disks }) =>
            disks.some(({ state_fixed_by }) => state_fixed_by === 'unknown') ? tone('warn', 'unknown') : 'known',
        },
        { title: 'REPOSITORY', of: ({ repository_name }) => plain(repository_name) },
      ])

interface SetOptions {
  disk: string
  allowUnknown: string
  reason?: string
  until?: string
}

/** What is asked of the hub. @throws CliError when it cannot be meant */
export function allowance({ allowUnknown, reason, until }: SetOptions) {
  if (allowUnknown !== 'on' && allowUnknown !== 'off')
    throw new CliError(exits.usage, `--allow-unknown is on or off, and not "${allowUnknown}".`, '--allow-unknown on')
  if (allowUnknown === 'on' && !reason?.trim())
    throw new CliError(exits.usage, 'An unknown state is allowed only with a reason.', '--reason "why"')
  if (until === undefined) return { allow_unknown: allowUnknown === 'on', ...(reason ? { reason } : {}) }
  const end = new Date(until)
  if (Number.isNaN(end.getTime()))
    throw new CliError(exits.usage, `--until "${until}" is no date.`, '--until 2027-03-31')
  return { allow_unknown: allowUnknown === 'on', ...(reason ? { reason } : {}), until: end.toISOString() }
}

const allowanceWords = ({ key, allow_unknown }: VmDiskRow) =>
  allow_unknown === null
    ? `Disk ${key}: an unknown state is refused.`
    : tone('warn', `Disk ${key}: an unknown state is allowed until ${time(allow_unknown.until)}.`)

/** `sendense vm …` */
export function addVm(program: Command, within: Contextual): void {
  const vm = program.command('vm').description('See virtual machines and their restore points')

  vm.command('list')
    .description('List virtual machines')
    .option('-s, --search <text>', 'only those whose name holds this text')
    .action((options: { search?: string }) =>
      within(async ({ api, out }) => {
        const query = new URLSearchParams({ limit: '1000', ...(options.search ? { search: options.search } : {}) })
        const list = await api.all<VmRow>(`/vms?${query}`)
        out.say(list, () => vmTable(list))
      }),
    )

  vm.command('show')
    .description('Show one virtual machine and its disks')
    .argument('<vm>', 'its name or id')
    .action((name: string) =>
      within(async ({ api, out }) => {
        const one = await api.get<VmWhole>(`/vms/${(await vmNamed(api, name)).id}`)
        out.say(one, () => vmWords(one))
      }),
    )

  vm.command('set')
    .description('Set what is allowed for one disk of a virtual machine')
    .argument('<vm>', 'its name or id')
    .requiredOption('-d, --disk <key>', 'the key of the disk')
    .requiredOption('--allow-unknown <on|off>', 'back it up although nobody knows whether it keeps its state meanwhile')
    .option('-r, --reason <text>', 'why; needed for "on"')
    .option('-u, --until <date>', 'when it ends, such as 2027-03-31 (default: in 90 days, at most in a year)')
    .action((name: string, options: SetOptions) =>
      within(async ({ api, out }) => {
        const body = allowance(options)
        const { id } = await vmNamed(api, name)
        const disk = await api.ask<VmDiskRow>('PATCH', `/vms/${id}/disks/${encodeURIComponent(options.disk)}`, body)
        out.say(disk, () => allowanceWords(disk))
      }),
    )

  vm.command('chain')
    .description('List the restore points of a virtual machine, newest first')
    .argument('<vm>', 'its name or id')
    .action((name: string) =>
      within(async ({ api, out }) => {
        const list = await api.all<PointRow>(`/vms/${(await vmNamed(api, name)).id}/chain?limit=100`)
        out.say(list, () => chainTable(list))
      }),
    )
}

import type { Command } from 'commander'
import type { Contextual } from '../context.ts'
import { bytes, facts, plain, state, table, time, tone } from '../format.ts'
import { vmNamed } from '../names.ts'
import type { PointRow, VmRow, VmWhole } from '../views.ts'

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
        { title: 'REPOSITORY', of: ({ repository_name }) => plain(repository_name) },
      ])

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

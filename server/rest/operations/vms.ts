import { z } from 'zod'
import { ALLOW_UNKNOWN_REASON_LIMIT } from '#contracts/allow-unknown.ts'
import { vmCheckSchema } from '#contracts/check.ts'
import { backupIdSchema, diskKeySchema, idSchema } from '#contracts/ids.ts'
import { vmDiskViewSchema, vmSummarySchema } from '#contracts/views.ts'
import { byId, cursor, limit, pageSchema } from '../fields.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../page.ts'
import { restRestorePointSchema, toRestRestorePoint } from '../views/backup.ts'
import { restVmDetailSchema, toRestVmDetail } from '../views/vm.ts'

const reads = ['virtual_machines', 'vm_disks', 'appliances', 'backup_jobs', 'backups']

export const vms = [
  operation({
    id: 'listVms',
    method: 'GET',
    path: '/vms',
    tag: 'Virtual machines',
    summary: 'List virtual machines, by name',
    procedure: 'vms.list',
    reads,
    query: z.strictObject({
      name: z.string().max(255).optional().describe('Those of exactly this name.'),
      search: z.string().max(255).optional().describe('Part of the name, in whatever case.'),
      cursor,
      limit: limit(1000),
    }),
    answer: pageSchema(vmSummarySchema),
    async run({ query: { name, search, cursor: after, limit: most = 200 } }, { call }) {
      const wanted = search?.toLowerCase()
      const list = (await call.vms.list()).filter(
        (vm) => (name === undefined || vm.name === name) && (!wanted || vm.name.toLowerCase().includes(wanted)),
      )
      return pageOf(list, { cursor: after, limit: most }, (vm) => [vm.name, vm.id])
    },
  }),

  operation({
    id: 'getVm',
    method: 'GET',
    path: '/vms/{id}',
    tag: 'Virtual machines',
    summary: 'Get one virtual machine',
    description: 'With its disks by their keys, and its newest backups.',
    procedure: 'vms.get',
    reads: [...reads, 'backup_disks'],
    problems: [404],
    params: byId,
    answer: restVmDetailSchema,
    run: async ({ params }, { call }) => toRestVmDetail(await call.vms.get(params)),
  }),

  operation({
    id: 'getVmChain',
    method: 'GET',
    path: '/vms/{id}/chain',
    tag: 'Virtual machines',
    summary: 'List the restore points of a virtual machine, newest first',
    description:
      'Each with the backup it stands on (null for a full one, which stands alone), and the image of every disk: a path under the repository’s.',
    procedure: 'vms.restorePoints',
    reads: ['backups', 'backup_disks', 'repositories', 'virtual_machines'],
    problems: [404],
    params: byId,
    query: z.strictObject({
      cursor: backupIdSchema.optional().describe('next_cursor of the page before this one. The first page has none.'),
      limit: limit(100),
    }),
    answer: pageSchema(restRestorePointSchema),
    async run({ params: { id }, query }, { call }) {
      await call.vms.get({ id })
      const { items, nextCursor } = await call.vms.restorePoints({ id, ...query })
      return { items: items.map(toRestRestorePoint), nextCursor }
    },
  }),

  operation({
    id: 'setVmDisk',
    method: 'PATCH',
    path: '/vms/{id}/disks/{key}',
    tag: 'Virtual machines',
    summary: 'Allow an unknown state of one disk, or take that back',
    description:
      'A disk of which nobody can say whether it keeps its state while it is copied is refused. With a reason it is allowed until a date, in 90 days unless `until` says otherwise and at most in a year: each restore point then says that the state is unknown.',
    procedure: 'vms.allowUnknown',
    reads: ['virtual_machines', 'vm_disks', 'users'],
    writes: ['vm_disks', 'events'],
    problems: [404],
    params: z.strictObject({
      id: idSchema,
      key: z
        .string()
        .regex(/^\d{1,10}$/, 'must be the key of a disk')
        .transform(Number)
        .pipe(diskKeySchema)
        .meta({ type: 'integer', description: 'The key of the disk, as its source names it.' }),
    }),
    body: z.strictObject({
      allow_unknown: z.boolean(),
      reason: z
        .string()
        .max(ALLOW_UNKNOWN_REASON_LIMIT)
        .optional()
        .describe('Why it must be backed up so; needed to allow it.'),
      until: z.iso.datetime({ offset: true }).optional().describe('When it ends.'),
    }),
    answer: vmDiskViewSchema,
    run: ({ params: { id, key }, body: { allow_unknown, reason, until } }, { call }) =>
      call.vms.allowUnknown({ id, diskKey: key, allowUnknown: allow_unknown, reason, until }),
  }),

  operation({
    id: 'checkVm',
    method: 'POST',
    path: '/vms/{id}/check',
    tag: 'Checks',
    summary: 'Try whether a backup would work',
    description:
      'Begins a check, or answers the one of the same machine that runs: known bytes go through a tunnel of their own into the repository and back. Takes seconds; `GET /checks/{id}` has its outcome.',
    procedure: 'checks.start',
    reads: ['virtual_machines', 'appliances', 'repositories'],
    writes: ['checks', 'resources', 'events', 'commands', 'idempotency_keys'],
    status: 202,
    problems: [404, 412],
    params: byId,
    body: z.strictObject({
      repository_id: idSchema.optional().describe('Where the known bytes go; default: where its newest backup went.'),
    }),
    answer: vmCheckSchema,
    location: ({ id }) => `/checks/${id}`,
    run: ({ params: { id }, body: { repository_id } }, { call }) =>
      call.checks.start({ vmId: id, ...(repository_id ? { repositoryId: repository_id } : {}) }),
  }),

  operation({
    id: 'getCheck',
    method: 'GET',
    path: '/checks/{id}',
    tag: 'Checks',
    summary: 'Get one check',
    description: 'What is known so far, item by item; all of it once state is no longer running.',
    procedure: 'checks.get',
    reads: ['checks', 'virtual_machines', 'appliances', 'repositories'],
    problems: [404],
    params: byId,
    answer: vmCheckSchema,
    run: ({ params }, { call }) => call.checks.get(params),
  }),
]

import { z } from 'zod'
import { eventSchema } from '#contracts/events.ts'
import { idSchema, vmNameSchema } from '#contracts/ids.ts'
import { backupVerdictSchema } from '#contracts/verdict.ts'
import { eitherId, flag, limit, pageSchema } from '../fields.ts'
import { operation } from '../operation.ts'
import { prepared, waitSeconds } from '../prepared.ts'
import { restBackupDetailSchema, restBackupSchema, toRestBackup, toRestBackupDetail } from '../views/backup.ts'
import { vmIdOf } from '../vm-named.ts'

const params = z.strictObject({ id: eitherId })
const reads = ['backup_jobs', 'job_disks', 'virtual_machines', 'appliances', 'repositories']

export const backups = [
  operation({
    id: 'createBackup',
    method: 'POST',
    path: '/backups',
    tag: 'Backups',
    summary: 'Back a virtual machine up',
    description:
      'Starts a backup and answers what it is: its id, its state, and its disks with key, port, export name, image path and the targets string. Those stand fixed once the exports are made, which takes a second or two: the answer waits for that, up to 10 seconds, or as long as the header `Prefer: wait=N` says (0 to 30). What is not known by then is null, and `GET /backups/{id}` has it later. One backup of a machine runs at a time.',
    procedure: 'backups.start',
    reads,
    writes: ['backup_jobs', 'events', 'idempotency_keys'],
    status: 202,
    problems: [404, 409],
    body: z
      .strictObject({
        vm_id: idSchema.optional().describe('The machine. Either this or vm_name.'),
        vm_name: vmNameSchema.optional().describe('The machine by its name, when only one has it.'),
        repository_id: idSchema.describe('Where it is kept.'),
        backup_type: z.literal('full').default('full').describe('What is copied: all of it.'),
      })
      .refine(({ vm_id, vm_name }) => (vm_id === undefined) !== (vm_name === undefined), {
        message: 'give either this or vm_name',
        path: ['vm_id'],
      }),
    answer: restBackupDetailSchema,
    location: ({ backupId }) => `/backups/${backupId}`,
    async run({ body }, work) {
      const seconds = waitSeconds(work.headers)
      const vmId = body.vm_id ?? (await vmIdOf(work.call, body.vm_name ?? ''))
      const input = { vmId, repositoryId: body.repository_id, type: body.backup_type }
      const { id } = await work.call.backups.start(input)
      return toRestBackupDetail(await prepared(work, id, seconds * 1000))
    },
  }),

  operation({
    id: 'listBackups',
    method: 'GET',
    path: '/backups',
    tag: 'Backups',
    summary: 'List backups, newest first',
    description: 'Running ones and ended ones, those that failed too.',
    procedure: 'backups.list',
    reads,
    query: z.strictObject({
      vm_id: idSchema.optional().describe('Of this machine only.'),
      active: flag.describe('true: only those that run, or wait to.'),
      state: z.enum(['completed', 'failed', 'cancelled']).optional().describe('Only those that ended so.'),
      search: z
        .string()
        .max(255)
        .optional()
        .describe('Part of a machine’s name or of a backup’s id, in whatever case.'),
      cursor: idSchema.optional().describe('next_cursor of the page before this one. The first page has none.'),
      limit: limit(200),
    }),
    answer: pageSchema(restBackupSchema),
    async run({ query: { vm_id, ...query } }, { call }) {
      const { items, nextCursor } = await call.backups.list({ vmId: vm_id, ...query })
      return { items: items.map(toRestBackup), nextCursor }
    },
  }),

  operation({
    id: 'getBackup',
    method: 'GET',
    path: '/backups/{id}',
    tag: 'Backups',
    summary: 'Get one backup',
    description: 'All of it: state, disks, targets, rate, estimate, and where its bytes are now.',
    procedure: 'backups.get',
    reads: [...reads, 'events', 'installation'],
    problems: [404],
    params,
    answer: restBackupDetailSchema,
    run: async ({ params: { id } }, { call }) => toRestBackupDetail(await call.backups.get({ id })),
  }),

  operation({
    id: 'getBackupVerdict',
    method: 'GET',
    path: '/backups/{id}/verdict',
    tag: 'Backups',
    summary: 'Ask whether a backup is stuck, and where',
    description:
      'One sentence with its evidence, likely causes and the next command; and each disk with its five hops. verdict is null once the backup has ended, unless it failed: then it is the one it ended with.',
    procedure: 'backups.verdict',
    reads: ['backup_jobs', 'job_disks', 'events', 'installation'],
    problems: [404],
    params,
    answer: backupVerdictSchema,
    run: ({ params: { id } }, { call }) => call.backups.verdict({ id }),
  }),

  operation({
    id: 'listBackupEvents',
    method: 'GET',
    path: '/backups/{id}/events',
    tag: 'Backups',
    summary: 'List what happened in a backup',
    description: 'The kept events of a backup, oldest first. To follow one that runs: GET /events?backup_id=….',
    procedure: 'backups.events',
    reads: ['backup_jobs', 'events'],
    problems: [404],
    params,
    answer: z.object({ items: z.array(eventSchema) }),
    async run({ params: { id } }, { call }) {
      const { jobId } = await call.backups.verdict({ id })
      return { items: await call.backups.events({ jobId }) }
    },
  }),

  operation({
    id: 'cancelBackup',
    method: 'POST',
    path: '/backups/{id}/cancel',
    tag: 'Backups',
    summary: 'Cancel a running backup',
    description:
      'Asks for it; the state becomes cancelled when all that was made for the backup is gone. Earlier backups are untouched.',
    procedure: 'backups.cancel',
    reads,
    writes: ['backup_jobs', 'events', 'idempotency_keys'],
    status: 202,
    problems: [404, 409],
    params,
    answer: restBackupSchema,
    run: async ({ params: { id } }, { call }) => toRestBackup(await call.backups.cancel({ id })),
  }),
]

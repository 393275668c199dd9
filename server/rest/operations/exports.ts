import { z } from 'zod'
import { idSchema } from '#contracts/ids.ts'
import { exportViewSchema, probeResultSchema } from '#contracts/views.ts'
import { byId } from '../fields.ts'
import { operation } from '../operation.ts'

export const exports = [
  operation({
    id: 'listExports',
    method: 'GET',
    path: '/exports',
    tag: 'Exports',
    summary: 'List exports that live',
    description: 'Every qemu-nbd of this hub: those that backups write through, and those that serve a restore point.',
    procedure: 'exports.list',
    reads: ['resources', 'backup_jobs', 'backup_disks'],
    writes: ['commands'],
    answer: z.object({ items: z.array(exportViewSchema) }),
    run: async (_, { call }) => ({ items: await call.exports.list() }),
  }),

  operation({
    id: 'createExport',
    method: 'POST',
    path: '/exports',
    tag: 'Exports',
    summary: 'Serve one disk of a restore point over NBD, read-only',
    description: 'On the hub’s loopback. The disk’s id stands in `GET /vms/{id}/chain`.',
    procedure: 'exports.start',
    reads: ['backups', 'backup_disks', 'repositories'],
    writes: ['resources', 'commands', 'events', 'idempotency_keys'],
    status: 201,
    problems: [404, 409, 412],
    body: z.strictObject({ backup_disk_id: idSchema.describe('A disk of a restore point.') }),
    answer: exportViewSchema,
    run: ({ body: { backup_disk_id } }, { call }) => call.exports.start({ backupDiskId: backup_disk_id }),
  }),

  operation({
    id: 'probeExport',
    method: 'POST',
    path: '/exports/{id}/probe',
    tag: 'Exports',
    summary: 'Ask whether an export answers',
    description: 'Negotiates as a client would.',
    procedure: 'exports.probe',
    reads: ['resources'],
    writes: ['commands', 'idempotency_keys'],
    problems: [404],
    params: byId,
    answer: probeResultSchema,
    run: ({ params }, { call }) => call.exports.probe(params),
  }),

  operation({
    id: 'stopExport',
    method: 'DELETE',
    path: '/exports/{id}',
    tag: 'Exports',
    summary: 'End an export',
    description:
      'Answers when the process is gone and its port is free. One that a running backup writes through is refused.',
    procedure: 'exports.stop',
    reads: ['resources'],
    writes: ['resources', 'commands', 'events'],
    status: 204,
    problems: [404, 409],
    params: byId,
    run: ({ params }, { call }) => call.exports.stop(params).then(() => undefined),
  }),
]

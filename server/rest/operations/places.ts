import { z } from 'zod'
import { limitMibSchema } from '#contracts/appliance.ts'
import { lookResultSchema } from '#contracts/catalogue.ts'
import { applianceViewSchema, probeResultSchema, repositoryViewSchema, tunnelViewSchema } from '#contracts/views.ts'
import { byId } from '../fields.ts'
import { operation } from '../operation.ts'

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** Repositories and appliances: where bytes go, and where they come from. */
export const places = [
  operation({
    id: 'listRepositories',
    method: 'GET',
    path: '/repositories',
    tag: 'Repositories',
    summary: 'List repositories',
    description: 'With their room, what they hold, and what is wrong with them.',
    procedure: 'repositories.list',
    reads: ['repositories', 'backups', 'backup_jobs'],
    answer: listOf(repositoryViewSchema),
    run: async (_, { call }) => ({ items: await call.repositories.list() }),
  }),

  operation({
    id: 'createRepository',
    method: 'POST',
    path: '/repositories',
    tag: 'Repositories',
    summary: 'Make a directory a repository',
    description: 'Checks the path, writes an identity file there, and keeps the path. A missing directory is made.',
    procedure: 'repositories.create',
    reads: ['repositories'],
    writes: ['repositories', 'events', 'commands', 'idempotency_keys'],
    status: 201,
    problems: [409, 412],
    body: z.strictObject({
      name: z.string().min(1).max(63).describe('What people call it.'),
      path: z.string().min(1).max(1000).describe('An absolute path on the hub.'),
    }),
    answer: repositoryViewSchema,
    run: ({ body }, { call }) => call.repositories.create(body),
  }),

  operation({
    id: 'probeRepository',
    method: 'POST',
    path: '/repositories/{id}/probe',
    tag: 'Repositories',
    summary: 'Ask whether a repository is there and can be written',
    procedure: 'repositories.probe',
    reads: ['repositories'],
    writes: ['repositories', 'events', 'commands', 'idempotency_keys'],
    problems: [404],
    params: byId,
    answer: probeResultSchema,
    run: ({ params }, { call }) => call.repositories.probe(params),
  }),

  operation({
    id: 'lookAtRepository',
    method: 'POST',
    path: '/repositories/{id}/look',
    tag: 'Repositories',
    summary: 'Hold the catalogue against a repository’s files now',
    description:
      'The hub does it by itself every 15 minutes (a setting). Each restore point’s directory, images, manifest and digest maps are compared with what was committed; what differs makes it damaged or missing, what cannot be asked changes nothing. Answers within 45 seconds; finished is false when it goes on.',
    procedure: 'repositories.look',
    reads: ['repositories', 'backups', 'backup_disks', 'installation'],
    writes: ['backups', 'repositories', 'events', 'commands', 'idempotency_keys'],
    problems: [404],
    params: byId,
    answer: lookResultSchema,
    run: ({ params }, { call }) => call.repositories.look(params),
  }),

  operation({
    id: 'removeRepository',
    method: 'DELETE',
    path: '/repositories/{id}',
    tag: 'Repositories',
    summary: 'Forget a repository',
    description: 'Its files stay. Refused while backups refer to it.',
    procedure: 'repositories.remove',
    reads: ['repositories', 'backup_jobs', 'backups'],
    writes: ['repositories', 'events'],
    status: 204,
    problems: [404, 409],
    params: byId,
    run: ({ params }, { call }) => call.repositories.remove(params).then(() => undefined),
  }),

  operation({
    id: 'listAppliances',
    method: 'GET',
    path: '/appliances',
    tag: 'Appliances',
    summary: 'List appliances',
    description: 'With state, version, tools and round trip.',
    procedure: 'appliances.list',
    reads: ['appliances', 'virtual_machines'],
    answer: listOf(applianceViewSchema),
    run: async (_, { call }) => ({ items: await call.appliances.list() }),
  }),

  operation({
    id: 'getAppliance',
    method: 'GET',
    path: '/appliances/{id}',
    tag: 'Appliances',
    summary: 'Get one appliance',
    procedure: 'appliances.get',
    reads: ['appliances', 'virtual_machines'],
    problems: [404],
    params: byId,
    answer: applianceViewSchema,
    run: ({ params }, { call }) => call.appliances.get(params),
  }),

  operation({
    id: 'setApplianceLimit',
    method: 'PUT',
    path: '/appliances/{id}/limit',
    tag: 'Appliances',
    summary: 'Limit the rate of an appliance',
    description:
      'All running jobs of the appliance share it. It acts on them within 2 s; an appliance that is away is told when it is back. applied_limit of the answer is what the appliance last said to be in force.',
    procedure: 'appliances.setLimit',
    reads: ['appliances', 'virtual_machines'],
    writes: ['appliances', 'events'],
    problems: [404, 409],
    params: byId,
    body: z.strictObject({
      mib_per_second: limitMibSchema.nullable().describe('MiB a second; null: no limit.'),
    }),
    answer: applianceViewSchema,
    run: ({ params: { id }, body }, { call }) => call.appliances.setLimit({ id, mibPerSecond: body.mib_per_second }),
  }),

  operation({
    id: 'probeAppliance',
    method: 'POST',
    path: '/appliances/{id}/probe',
    tag: 'Appliances',
    summary: 'Ask whether an appliance answers through its tunnel',
    procedure: 'appliances.probe',
    reads: ['appliances'],
    writes: ['commands', 'idempotency_keys'],
    problems: [404],
    params: byId,
    answer: probeResultSchema,
    run: ({ params }, { call }) => call.appliances.probe(params),
  }),

  operation({
    id: 'refreshAppliance',
    method: 'POST',
    path: '/appliances/{id}/refresh',
    tag: 'Appliances',
    summary: 'Ask an appliance for its inventory now',
    description: 'Machines that are new are found, those that are gone are marked missing.',
    procedure: 'vms.refresh',
    reads: ['appliances'],
    writes: ['virtual_machines', 'vm_disks', 'events', 'commands', 'idempotency_keys'],
    problems: [404],
    params: byId,
    answer: z.object({
      found: z.number().int().describe('Machines that it listed.'),
      problems: z.array(z.string()).describe('Sources that could not be read.'),
    }),
    run: ({ params: { id } }, { call }) => call.vms.refresh({ applianceId: id }),
  }),

  operation({
    id: 'listTunnels',
    method: 'GET',
    path: '/tunnels',
    tag: 'Appliances',
    summary: 'List SSH sessions that live',
    description: 'Control tunnels of appliances, and data tunnels of running backups.',
    procedure: 'tunnels.list',
    reads: ['appliances', 'resources', 'backup_jobs'],
    writes: ['commands'],
    answer: listOf(tunnelViewSchema),
    run: async (_, { call }) => ({ items: await call.tunnels.list() }),
  }),
]

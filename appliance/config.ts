import path from 'node:path'
import { z } from 'zod'
import { diskKeySchema, vmNameSchema } from '#contracts/ids.ts'
import { diskFormatSchema } from '#contracts/source-state.ts'

const port = z.number().int().min(1).max(65_535)
const loopback = z.string().regex(/^127(\.\d{1,3}){3}$/, 'must be a loopback address such as 127.0.0.2')

/** A word that stands in an ssh configuration: no spaces, quotes or line ends that could add options. */
const sshWord = z.string().regex(/^[A-Za-z0-9._:@%-]{1,255}$/, 'must be a plain host, address or user name')

const absolutePath = z.string().startsWith('/', 'must be an absolute path').max(4096)

const diskSchema = z
  .object({
    key: diskKeySchema,
    label: z.string().max(255).optional(),
    path: absolutePath.optional(),
    url: z
      .string()
      .regex(/^nbds?(\+unix)?:\/\//, 'must be an NBD URL')
      .optional(),
    /** What the file or device holds. Never taken from its bytes: the first sectors of a raw disk belong to its guest. */
    format: diskFormatSchema.optional(),
    /** An internal snapshot of a QCOW2 by its name: read instead of the present state. */
    snapshot: z
      .string()
      .min(1)
      .max(255)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
      .optional(),
  })
  .refine((disk) => (disk.path === undefined) !== (disk.url === undefined), 'a disk has either a path or a url')
  .refine((disk) => disk.url === undefined || (disk.format ?? 'raw') === 'raw', 'an NBD URL is always raw')
  .refine(
    (disk) => disk.snapshot === undefined || disk.format === 'qcow2',
    'only a disk of format qcow2 has a snapshot',
  )
export type DiskConfig = z.infer<typeof diskSchema>

const imageSourceSchema = z.object({
  name: z.string().min(1).max(100),
  kind: z.literal('image'),
  /** Where the backing files of its images may lie; left out: in the directory of the image itself. */
  directories: z.array(absolutePath).max(100).optional(),
  vms: z
    .array(z.object({ ref: z.string().min(1).max(255), name: vmNameSchema, disks: z.array(diskSchema).min(1).max(64) }))
    .default([]),
})
export type ImageSourceConfig = z.infer<typeof imageSourceSchema>

const sourceSchema = z.discriminatedUnion('kind', [imageSourceSchema])
export type SourceConfig = z.infer<typeof sourceSchema>

const hubSchema = z.object({
  sshHost: sshWord,
  sshPort: port,
  sshUser: sshWord,
  /** `ssh-ed25519 AAAA…`: the only host key accepted. */
  hostKey: z.string().regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\n\r]*)?$/, 'must be "<type> <base64>"'),
  /** The hub's loopback port at which this appliance's API appears. */
  apiPort: port,
})
export type HubConfig = z.infer<typeof hubSchema>

export const defaultKeepAliveSeconds = 5
export const defaultLease = { copyingSeconds: 24 * 3600, idleSeconds: 1800 }

export const applianceConfigSchema = z.object({
  name: z.string().min(1).max(100),
  /** Own loopback address for the API and the forwards: another than the hub's when both share a host. */
  listenHost: loopback,
  apiPort: port,
  /** Disks of one VM copied side by side. */
  disksAtOnce: z.number().int().min(1).max(64).default(2),
  hub: hubSchema.nullable().default(null),
  /** The hub's dashboard, when it was joined by a pairing code: doctor compares clocks with it. */
  hubUrl: z.url().nullable().default(null),
  /** A hub from which nothing comes is given up after three questions, this many seconds apart. */
  keepAliveSeconds: z.number().int().min(1).max(60).default(defaultKeepAliveSeconds),
  /**
   * How long a job is kept when nothing is heard of the hub: a day while it copies (an engine can be down over night, and
   * nothing but the copy itself is lost by waiting), half an hour otherwise.
   */
  lease: z.object({ copyingSeconds: z.number().min(1), idleSeconds: z.number().min(1) }).default(defaultLease),
  sources: z.array(sourceSchema).default([]),
})
export type ApplianceConfig = z.infer<typeof applianceConfigSchema>

/** Where the service keeps its own, unless told otherwise. */
export const DEFAULT_DATA_DIR = '/var/lib/sendense-appliance'

/** Where things lie in the appliance's data directory (0700). */
export function appliancePaths(dataDir: string) {
  const at = (...parts: string[]) => path.join(dataDir, ...parts)
  return {
    dataDir,
    config: at('appliance.json'),
    apiToken: at('api-token'),
    /** A request to a hub that waits for its answer. */
    enrolment: at('enrolment.json'),
    controlKey: at('control_key'),
    controlPublicKey: at('control_key.pub'),
    /** Generated ssh configuration, pinned host key and ledger of the control tunnel. */
    control: at('control'),
    /** The rate limit, and how many transfer processes share it. */
    limit: at('limit.json'),
    jobs: at('jobs'),
    /** Jobs that were ended because the hub stayed away. */
    expired: at('expired.json'),
    job: (jobId: string) => at('jobs', jobId),
  }
}
export type AppliancePaths = ReturnType<typeof appliancePaths>

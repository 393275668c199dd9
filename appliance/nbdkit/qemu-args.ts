import type { DiskAccess, Layer } from './access.ts'

type QemuAccess = Extract<DiskAccess, { plugin: 'qemu' }>

/** Below the 128 KiB that the kernel takes as one argument. */
const GRAPH_LIMIT = 100_000

/** Formats whose driver would follow a backing file unless it is told of none. */
const BACKED: readonly Layer['format'][] = ['qcow2', 'vmdk']

/**
 * The graph of block nodes, spelled out to the last file, so that QEMU opens nothing by its own choice: each layer with its driver,
 * `backing` named or null. Read-only; `force-share`, so that our reading never keeps a machine from starting (what it then writes shows
 * in the source's verdict). Devices are read past the page cache.
 * @throws Error when it does not fit into an argument
 */
export function nodeGraph({ layers }: QemuAccess): string {
  return graphOf(chainOf(layers))
}

/** The uppermost layer alone, for a question that its header answers. */
export function topGraph({ layers }: QemuAccess): string {
  return graphOf(chainOf(layers).slice(0, 1))
}

/** The descriptor of a flat VMDK was read already: what it names is the disk. */
function chainOf(layers: readonly Layer[]): readonly Layer[] {
  return layers[0]?.format === 'vmdk' && layers[1]?.format === 'raw' ? layers.slice(1) : layers
}

function graphOf(chain: readonly Layer[]): string {
  const graph = chain.reduceRight<object | null>((backing, layer) => node(layer, backing), null)
  if (graph === null) throw new Error('a disk without a layer')
  const text = `json:${JSON.stringify(graph)}`
  if (text.length > GRAPH_LIMIT) throw new Error('the names of the files of this disk are too long')
  return text
}

function node({ path, device, format }: Layer, backing: object | null): object {
  const reading = { 'read-only': true, 'force-share': true }
  return {
    driver: format,
    ...reading,
    file: {
      ...{ driver: device ? 'host_device' : 'file', filename: path, ...reading },
      ...(device ? { cache: { direct: true } } : {}),
    },
    ...(BACKED.includes(format) ? { backing } : {}),
  }
}

// As in args.ts: an absolute path may be too long for a socket, and qemu-nbd wants one that begins with a slash.
const inWorkingDirectory = (file: string) => `/proc/self/cwd/${file}`

/** Commas part the options of QEMU; doubled they are its own. */
const quoted = (text: string) => text.replaceAll(',', ',,')

/** Arguments of a read-only, foreground qemu-nbd for one disk (qemu-nbd(8)). */
export function qemuNbdArgs(access: QemuAccess, socket: string, pidFile: string): string[] {
  const { snapshot } = access
  return [
    ...['--persistent', '--shared=0', '--read-only', '--export-name='],
    ...[`--socket=${inWorkingDirectory(socket)}`, `--pid-file=${inWorkingDirectory(pidFile)}`],
    ...(snapshot ? [`--load-snapshot=snapshot.id=${quoted(snapshot.id)},snapshot.name=${quoted(snapshot.name)}`] : []),
    nodeGraph(access),
  ]
}

/**
 * What keeps a reader from more than reading: it ends with its parent, gets no new privileges, and of root's powers has only the one to
 * read any file (setpriv(1)). `least`: where the kernel lets us drop nothing.
 */
export function confinement(asRoot: boolean, least = false): string[] {
  const always = ['--pdeathsig', 'TERM', '--no-new-privs']
  const powers = asRoot && !least ? ['--inh-caps', '-all', '--bounding-set', '-all,+dac_read_search'] : []
  return [...always, ...powers, '--']
}

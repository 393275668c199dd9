import path from 'node:path'

export interface ExportSpec {
  /** Absolute. */
  imagePath: string
  format: 'qcow2'
  /** A slug (contracts/ids.ts, exportNameSchema): at most 255 bytes, nothing an NBD URL would have to escape. */
  exportName: string
  /** Loopback only: NBD has neither password nor encryption. */
  host: '127.0.0.1'
  port: number
  readOnly: boolean
  /** The image's file system knows O_DIRECT (open(2)). */
  directIo: boolean
}

/**
 * --shared=0: no limit, for a bounded number lets stale connections lock the next client out in silence.
 * --persistent: it outlives the first client. The format is spelled out: probing would let a guest's bytes choose it.
 * --cache=none: a backup is written once; through the page cache it took twice as long and pushed everything else out.
 */
export function exportArgs(spec: ExportSpec, pidFile: string): string[] {
  if (!path.isAbsolute(spec.imagePath)) throw new Error(`image path "${spec.imagePath}" is not absolute`)
  return [
    '--persistent',
    '--shared=0',
    `--pid-file=${pidFile}`,
    `--bind=${spec.host}`,
    `--port=${spec.port}`,
    `--format=${spec.format}`,
    `--export-name=${spec.exportName}`,
    ...(spec.directIo ? ['--cache=none', '--aio=threads'] : []),
    ...(spec.readOnly ? ['--read-only'] : ['--discard=unmap', '--detect-zeroes=unmap']),
    spec.imagePath,
  ]
}

/** Where one export's pid file and what it says on stderr lie. */
export function exportFiles(dir: string, exportName: string, port: number): { pidFile: string; logFile: string } {
  const base = path.join(dir, `${exportName}-${port}`)
  return { pidFile: `${base}.pid`, logFile: `${base}.log` }
}

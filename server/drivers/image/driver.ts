import { access, stat } from 'node:fs/promises'
import type { Extent } from '#contracts/appliance.ts'
import { type ProblemCode, ProblemError, type ToolReport } from '#contracts/problem.ts'
import { type RunResult, run, runOrThrow } from '#lib/process/run.ts'
import { checkArgs, compareArgs, createArgs, type DiskFile, infoArgs, mapArgs } from './args.ts'
import { type ImageInfo, parseCheck, parseInfo, parseMap, presentExtents } from './parse.ts'
import { virtualSizeFor } from './size.ts'

export type { DiskFile } from './args.ts'
export type { ImageInfo } from './parse.ts'
export { virtualSizeFor } from './size.ts'

export interface CallOptions {
  signal?: AbortSignal
  /** Milliseconds until the tool is ended. */
  timeoutMs?: number
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * Makes an empty QCOW2 image (default 64 KiB clusters) and answers the size it really has.
 *
 * qemu counts in sectors of 512 bytes: an image made for 1,000,001 bytes is 1,000,448 long, and what lies behind the
 * source's last byte is zero. The source's exact size therefore lives in the manifest and the catalogue, and a restore
 * cuts there (see {@link virtualSizeFor}). Measured with qemu 7.2: `qemu-img compare` calls source and image identical.
 * @param path       absolute; parents exist, the file does not
 * @param sizeBytes  the source's exact bytes
 * @throws ProblemError `conflict` when there is a file already, `repository_*`, `tool_missing` or `internal` with qemu-img's words
 */
export async function createImage(
  path: string,
  sizeBytes: number,
  options: CallOptions = {},
): Promise<{ virtualSizeBytes: number }> {
  if (await exists(path))
    throw new ProblemError({
      code: 'conflict',
      happened: `The image ${path} exists already and is not overwritten.`,
      safe: 'The existing file was not touched.',
      remedy: 'Remove or move that file if nothing needs it, then start again.',
    })
  const result = await run('qemu-img', createArgs(path, sizeBytes), options)
  if (!result.ok) throw creationProblem(path, result)
  const { virtualSizeBytes } = await imageInfo(path, options)
  if (virtualSizeBytes !== virtualSizeFor(sizeBytes))
    throw new ProblemError({
      code: 'internal',
      happened: `qemu-img made ${path} ${virtualSizeBytes} bytes long; ${virtualSizeFor(sizeBytes)} were asked for.`,
    })
  return { virtualSizeBytes }
}

const refusals: { words: RegExp; code: ProblemCode; remedy: string }[] = [
  { words: /No space left|quota/i, code: 'repository_full', remedy: 'Free space in the repository, then start again.' },
  { words: /Read-only file system/i, code: 'repository_read_only', remedy: 'Mount the repository read-write.' },
  { words: /Permission denied/i, code: 'repository_read_only', remedy: 'Give the hub’s user write permission there.' },
  { words: /No such file/i, code: 'repository_missing', remedy: 'See that the repository’s disk is mounted.' },
]

function creationProblem(path: string, { notFound, report }: RunResult): ProblemError {
  const said = report.stderr.at(-1) ?? `qemu-img ended with ${report.exitCode}`
  const refusal = refusals.find(({ words }) => words.test(said))
  return new ProblemError({
    code: notFound ? 'tool_missing' : (refusal?.code ?? 'internal'),
    happened: `The image ${path} could not be made: ${said}`,
    safe: 'Nothing was copied yet; finished backups were not touched.',
    remedy: notFound ? 'Install the package qemu-utils on the hub.' : refusal?.remedy,
    tool: report,
  })
}

/** What the image's header says. Also works on an image that a qemu-nbd holds open. */
export async function imageInfo(path: string, options: CallOptions = {}): Promise<ImageInfo> {
  const { stdout } = await runOrThrow(
    'qemu-img',
    infoArgs(path, { shared: true }),
    { code: 'proof_failed', happened: `The image ${path} could not be opened` },
    options,
  )
  return parseInfo(stdout)
}

export interface CheckResult {
  /** Nothing wrong at all: no corruption, no leak, no error while checking. */
  clean: boolean
  /** Clusters that hold nothing and are not free: wasted space, no lost data. */
  leaks: number
  corruptions: number
  /** Places the check itself could not read. */
  errors: number
  tool: ToolReport
}

/**
 * `qemu-img check`: the image's tables agree with each other. It does not prove that data arrived: a killed qemu-nbd
 * loses most of a copy and checks clean. Takes the image's lock, so the export must be gone.
 * @throws ProblemError `proof_failed` when the check could not be made (exit status 1, or no answer)
 */
export async function checkImage(path: string, options: CallOptions = {}): Promise<CheckResult> {
  const result = await run('qemu-img', checkArgs(path), { timeoutMs: 600_000, ...options })
  const parsed = parseCheck(result.stdout, result.exitCode)
  if (parsed) return { ...parsed, tool: result.report }
  const gone = await access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  if (gone && !result.notFound)
    throw new ProblemError({
      code: 'proof_failed',
      happened: `The image ${path} is gone: it was removed or moved, or its repository is no longer mounted.`,
      remedy: 'See that the repository is in its place and that nothing else removes files there, then try again.',
      tool: result.report,
    })
  throw new ProblemError({
    code: result.notFound ? 'tool_missing' : 'proof_failed',
    happened: `The image ${path} could not be checked: ${result.report.stderr.at(-1) ?? `exit ${result.exitCode}`}`,
    remedy: result.notFound ? 'Install qemu-utils.' : 'See that nothing else has the image open, then try again.',
    tool: result.report,
  })
}

/**
 * Extents that the image itself holds (`present`): data clusters and clusters that say "zero" explicitly.
 * Sorted and merged; a whole image of holes gives an empty list. Backing files do not count. Takes the image's lock.
 */
export async function mapImage(path: string, options: CallOptions = {}): Promise<Extent[]> {
  const { stdout } = await runOrThrow(
    'qemu-img',
    mapArgs(path),
    { code: 'proof_failed', happened: `The clusters of ${path} could not be listed` },
    { timeoutMs: 600_000, maxStdoutBytes: 1024 * 1024 * 1024, ...options },
  )
  return presentExtents(parseMap(stdout))
}

/** Bytes the file takes on the disk (`st_blocks` × 512): what grows while a backup runs. */
export async function allocatedBytes(path: string): Promise<number> {
  return (await stat(path)).blocks * 512
}

export interface CompareResult {
  identical: boolean
  /** qemu-img's own words: "Images are identical.", "Content mismatch at offset 65536!". */
  detail: string
  tool: ToolReport
}

/**
 * Compares two disks byte for byte as a guest reads them; when one is longer, its tail must be zero. A bare path is
 * one of our QCOW2 images.
 * @throws ProblemError `proof_failed` when they could not be compared
 */
export async function compareImages(
  a: DiskFile | string,
  b: DiskFile | string,
  options: CallOptions = {},
): Promise<CompareResult> {
  const file = (disk: DiskFile | string): DiskFile =>
    typeof disk === 'string' ? { path: disk, format: 'qcow2' } : disk
  const result = await run('qemu-img', compareArgs(file(a), file(b)), { timeoutMs: 3_600_000, ...options })
  const detail = result.stdout.trim().split('\n').join(' ')
  if (result.exitCode === 0) return { identical: true, detail, tool: result.report }
  if (result.exitCode === 1) return { identical: false, detail, tool: result.report }
  throw new ProblemError({
    code: result.notFound ? 'tool_missing' : 'proof_failed',
    happened: `${file(a).path} and ${file(b).path} could not be compared: ${result.report.stderr.at(-1) ?? 'no answer'}`,
    tool: result.report,
  })
}

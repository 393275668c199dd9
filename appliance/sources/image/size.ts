import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { bytesSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { openNbd } from '#lib/nbd/open.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { readableIdentity } from '../../file-identity.ts'
import type { DiskAccess } from '../../nbdkit/access.ts'
import { topGraph } from '../../nbdkit/qemu-args.ts'

/**
 * The exact size of a disk at its source, in bytes.
 * @throws ProblemError source_missing | source_read | bad_input (nothing in it)
 */
export async function diskSize(access: Extract<DiskAccess, { plugin: 'file' | 'nbd' }>, what: string): Promise<number> {
  const sizeBytes = access.plugin === 'file' ? await fileSize(access.path, what) : await urlSize(access.url, what)
  if (sizeBytes > 0) return sizeBytes
  throw new ProblemError({
    code: 'bad_input',
    happened: `The size of ${what} is 0 bytes.`,
    safe: 'Nothing was changed.',
    remedy: 'Check that the right file or address stands in the settings of the appliance.',
  })
}

/** stat knows the size of files only; a block device is asked. Nothing else is opened: a FIFO would hold the thread for ever. */
async function fileSize(path: string, what: string): Promise<number> {
  const { size } = await readableIdentity(path, what)
  const stats = await stat(path)
  if (stats.isFile()) return Number(size)
  if (!stats.isBlockDevice())
    throw new ProblemError({
      code: 'bad_input',
      happened: `What is given as ${what} is neither a file nor a block device: ${path}`,
      safe: 'Nothing was changed.',
      remedy: "Correct its path in the appliance's settings.",
    })
  const report = await runOrThrow('blockdev', ['--getsize64', path], {
    code: 'source_read',
    happened: `The size of ${what} cannot be read`,
  })
  return bytesSchema.parse(Number(report.stdout.trim()))
}

async function urlSize(url: string, what: string): Promise<number> {
  try {
    await using client = await openNbd(url, { timeoutMs: 10_000 })
    return client.export.sizeBytes
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ProblemError(
      {
        code: 'source_missing',
        happened: `The NBD server of ${what} does not answer: ${why}`.slice(0, 2000),
        safe: 'Nothing was changed; earlier backups are untouched.',
        remedy:
          "Start the server (qemu-nbd: with --persistent, or it ends with its first client), or correct the address in the appliance's settings.",
      },
      { cause },
    )
  }
}

const infoSchema = z.object({ 'virtual-size': bytesSchema })

/** The size of the disk inside a container: of its uppermost layer alone, opened by name. @throws ProblemError source_read */
export async function containerSize(access: Extract<DiskAccess, { plugin: 'qemu' }>, what: string): Promise<number> {
  const report = await runOrThrow(
    'qemu-img',
    ['info', '--force-share', '--output=json', topGraph(access)],
    {
      code: 'source_read',
      happened: `The size of ${what} cannot be read`,
      safe: 'Nothing was changed; earlier backups are untouched.',
      remedy: 'Check the image at its source: qemu-img check.',
    },
    { timeoutMs: 20_000 },
  )
  return infoSchema.parse(JSON.parse(report.stdout))['virtual-size']
}

import { randomUUID } from 'node:crypto'
import { access, chmod, chown, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { writeAtomic } from '#lib/fs/atomic.ts'
import { runOrThrow } from '#lib/process/run.ts'
import { plainPublicKey } from '#lib/ssh/public-key.ts'
import { type SshdConfig, sshdConfig, sshFiles } from './config.ts'
import type { RunAs } from './options.ts'

/**
 * When sshd runs as another user, that user may read its files by its group and write none but the log, so that a
 * broken-into sshd can neither let a key in nor lead root's writing elsewhere by a link.
 */
const fileMode = (runAs: RunAs | null) => (runAs ? 0o640 : 0o600)
const fileOwner = (runAs: RunAs | null) => (runAs ? { uid: process.getuid?.() ?? 0, gid: runAs.gid } : null)

/** Makes the directory. Its parents must not be writable by others (StrictModes). */
export async function ensureDirectory(dir: string, runAs: RunAs | null): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (!(await lstat(dir)).isDirectory()) throw new Error(`${dir} is not a directory`)
  const owner = fileOwner(runAs)
  if (owner) await chown(dir, owner.uid, owner.gid)
  await chmod(dir, runAs ? 0o750 : 0o700)
}

/**
 * The hub's host key, made on first use and kept for ever: appliances pin it.
 * @returns the public line, `ssh-ed25519 AAAA…`
 */
export async function ensureHostKey(dir: string, runAs: RunAs | null): Promise<string> {
  await ensureDirectory(dir, runAs)
  const { hostKey } = sshFiles(dir)
  const problem = { code: 'internal', happened: "The hub's SSH host key could not be made or read" } as const
  const there = await access(hostKey).then(
    () => true,
    () => false,
  )
  const fresh = there ? hostKey : `${hostKey}.${randomUUID()}`
  try {
    if (!there)
      await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'sendense-hub', '-f', fresh], problem)
    // ssh-keygen refuses to read its own file when its group may read it: the copy it reads is still closed, or comes by fd.
    const line = there ? await publicLine(hostKey) : await readFile(`${fresh}.pub`, 'utf8')
    if (!there) await publish(fresh, hostKey, runAs)
    return plainPublicKey(line)
  } finally {
    if (!there) await Promise.all([rm(fresh, { force: true }), rm(`${fresh}.pub`, { force: true })])
  }
}

/** The public half is inside the unencrypted private file: base64 of an "openssh-key-v1" blob that holds it in clear. */
async function publicLine(hostKey: string): Promise<string> {
  const text = await readFile(hostKey, 'utf8')
  const blob = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const at = blob.indexOf(Buffer.from('\0\0\0\x0bssh-ed25519'))
  return `ssh-ed25519 ${blob.subarray(at, at + 51).toString('base64')}`
}

async function publish(fresh: string, hostKey: string, runAs: RunAs | null): Promise<void> {
  const owner = fileOwner(runAs)
  if (owner) await chown(fresh, owner.uid, owner.gid)
  await chmod(fresh, fileMode(runAs))
  await rename(fresh, hostKey)
}

/** Writes sshd_config; true when it says something else than before. */
export async function writeConfig(config: SshdConfig, runAs: RunAs | null): Promise<boolean> {
  const file = sshFiles(config.dir).config
  const text = sshdConfig(config)
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return false
  await writeAtomic(file, text, fileMode(runAs), fileOwner(runAs))
  return true
}

/** The log is the one file sshd itself writes. */
export async function ensureLog(dir: string, runAs: RunAs | null): Promise<void> {
  await using log = await open(sshFiles(dir).log, 'a', 0o600)
  if (runAs) await log.chown(runAs.uid, runAs.gid)
}

/**
 * Replaces the whole list of keys that may log in, at once. sshd reads the file at each login; live sessions keep what
 * they were given: end them too (Sshd.endSessionsOf).
 */
export async function writeAuthorizedKeys(dir: string, lines: readonly string[], runAs: RunAs | null): Promise<void> {
  await ensureDirectory(dir, runAs)
  const text = lines.map((line) => `${line}\n`).join('')
  await writeAtomic(sshFiles(dir).authorizedKeys, text, fileMode(runAs), fileOwner(runAs))
}

/** The keys that may log in now; none when the file was never written. */
export async function readAuthorizedKeys(dir: string): Promise<string[]> {
  const text = await readFile(sshFiles(dir).authorizedKeys, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

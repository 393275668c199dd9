import { readFile, rm } from 'node:fs/promises'
import { runOrThrow } from '#lib/process/run.ts'

/** Makes an ed25519 pair without passphrase: `file` (0600) and `file.pub`. Answers the public line. */
export async function makeKeyPair(file: string, comment: string): Promise<string> {
  await removeKeyPair(file)
  await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file], {
    code: 'internal',
    happened: 'The key pair of a tunnel could not be made',
    remedy: 'Check that the data directory of the appliance can be written and has free space.',
  })
  return (await readFile(`${file}.pub`, 'utf8')).trim()
}

export async function removeKeyPair(file: string): Promise<void> {
  await Promise.all([rm(file, { force: true }), rm(`${file}.pub`, { force: true })])
}

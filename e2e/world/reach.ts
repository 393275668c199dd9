import { expect } from 'vitest'
import { type SshTarget, ssh } from '#server/drivers/testing/ssh.ts'

/** A key by its private file. */
export const keyAt = (file: string) => ({ file, publicKey: '' })

/** A client of the real ssh with that key, which should end by itself. */
export const reach = (target: SshTarget, file: string, args: readonly string[], more: readonly string[] = []) =>
  ssh(target, keyAt(file), [...args], [...more], 'x')

/** Sees that a key gets no command, shell, file transfer, agent or X11, opens none of the ports and listens at none of the places. */
export async function expectNoReach(
  target: SshTarget,
  file: string,
  { ports, places }: { ports: readonly number[]; places: readonly string[] },
): Promise<void> {
  for (const [args, more] of [
    [[], ['id']],
    [['-tt'], []],
    [['-s'], ['sftp']],
    [['-A'], ['ssh-add', '-l']],
    [['-X'], ['xclock']],
  ] as const)
    expect(await reach(target, file, args, more), `${args} ${more}`).toMatchObject({ exitCode: 255, stdout: '' })
  for (const port of ports) {
    const { stderr } = await reach(target, file, ['-W', `127.0.0.1:${port}`])
    expect(stderr, `${port}`).toMatch(/prohibited|forwarding failed/)
  }
  for (const place of places) {
    const { stderr } = await reach(target, file, ['-N', '-R', `${place}:127.0.0.1:9`])
    expect(stderr, place).toContain('remote port forwarding failed')
  }
}

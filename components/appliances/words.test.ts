import { expect, it } from 'vitest'
import { initCommand, installCommand, isGuessed, joinCommand, onlyFromHere } from './words.ts'

const hub = {
  sshHost: '0.0.0.0',
  sshPort: 2222,
  sshUser: 'sendense-tunnel',
  hostKey: 'ssh-ed25519 AAAAC3Nz+/=',
  apiPort: 9081,
}

it('names each missing package once', () => {
  const tool = (name: string, version: string | null = null) => ({ name, version })
  expect(installCommand([tool('qemu-nbd'), tool('nbdkit'), tool('ssh', '9.2')])).toBe(
    'apt-get install nbdkit qemu-utils',
  )
  expect(installCommand([tool('ssh', '9.2')])).toBeNull()
  expect(installCommand([tool('something')])).toBeNull()
})

it('writes commands that a shell takes as they are', () => {
  const text = joinCommand(hub, 'hub.example.org')
  expect(text).toContain("--host-key 'ssh-ed25519 AAAAC3Nz+/='")
  expect(text).toContain('--hub-host hub.example.org --hub-port 2222')
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .every((line) => line.endsWith(' \\')),
  ).toBe(true)
  expect(joinCommand({ ...hub, sshHost: '10.0.0.5' }, 'hub.example.org')).toContain('--hub-host 10.0.0.5')
  expect(initCommand("node '1'; rm -rf /")).toContain("--name 'node '\\''1'\\''; rm -rf /'")
})

it('knows an address that reaches only the hub itself', () => {
  expect(onlyFromHere({ ...hub, sshHost: '127.0.0.1' })).toBe(true)
  expect(onlyFromHere(hub)).toBe(false)
  expect(isGuessed(hub)).toBe(true)
  expect(isGuessed({ ...hub, sshHost: 'hub.example.org' })).toBe(false)
})

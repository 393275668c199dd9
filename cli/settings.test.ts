import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { settingsFrom } from './settings.ts'

const token = 'sendense_0123456789abcdef'
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'sendense-cli-'))
})
afterAll(() => rm(directory, { recursive: true }))

const kept = async (text: string, mode = 0o600) => {
  const file = path.join(directory, `token-${mode}`)
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

it('the address comes from the option, else from the environment, else it is the usual one', () => {
  expect(settingsFrom({}, undefined).url).toBe('http://127.0.0.1:3000/')
  expect(settingsFrom({ SENDENSE_URL: 'https://a.example' }, undefined).url).toBe('https://a.example/')
  expect(settingsFrom({ SENDENSE_URL: 'https://a.example' }, 'https://b.example').url).toBe('https://b.example/')
  for (const url of ['a.example', 'ftp://a.example', 'https://me:secret@a.example'])
    expect(() => settingsFrom({}, url)).toThrow(expect.objectContaining({ status: 2 }))
})

it('the token is the one line of a file that only its owner reads', async () => {
  expect(await settingsFrom({ SENDENSE_TOKEN_FILE: await kept(`${token}\n`) }, undefined).token()).toBe(token)
  const open = settingsFrom({ SENDENSE_TOKEN_FILE: await kept(token, 0o640) }, undefined)
  await expect(open.token()).rejects.toMatchObject({ status: 2, remedy: expect.stringContaining('chmod 600') })
  const broken = settingsFrom({ SENDENSE_TOKEN_FILE: await kept('two words') }, undefined)
  await expect(broken.token()).rejects.toMatchObject({ status: 2 })
  const gone = settingsFrom({ SENDENSE_TOKEN_FILE: path.join(directory, 'none') }, undefined)
  await expect(gone.token()).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') })
})

it('nothing kept is no token, and a file that is named stands above what is kept', async () => {
  const env = { XDG_CONFIG_HOME: directory }
  expect(settingsFrom(env, undefined).tokenFile).toBe(path.join(directory, 'sendense/token'))
  expect(await settingsFrom(env, undefined).token()).toBeNull()
  expect(await settingsFrom({ ...env, SENDENSE_TOKEN_FILE: await kept(token) }, undefined).token()).toBe(token)
})

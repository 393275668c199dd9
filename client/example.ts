import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createSendenseClient, followBackup } from './index.ts'

// Backs one machine up and says what happens, as it happens. Exit status 0 only when it is proved.
// node client/example.ts --url http://127.0.0.1:3000 --token-file token --vm web
const { values } = parseArgs({
  options: { url: { type: 'string' }, 'token-file': { type: 'string' }, vm: { type: 'string' } },
})
const { url = 'http://127.0.0.1:3000', 'token-file': file = 'token', vm: name } = values
const hub = createSendenseClient({ url, token: (await readFile(file, 'utf8')).trim() })

const vm = (await hub.vms.list.query()).find((each) => each.name === name)
const [repository] = await hub.repositories.list.query()
if (!vm || !repository) throw new Error(`There is no virtual machine "${name}", or no repository.`)

const job = await hub.backups.start.mutate({ vmId: vm.id, repositoryId: repository.id })
const state = await followBackup(hub, job.id, ({ data }) => {
  if (data.kind === 'job.step' || data.kind === 'job.state') console.log(data.message)
  if (data.kind === 'job.progress') console.log(`${Math.round(data.bytesPerSecond / 2 ** 20)} MiB/s`)
})
console.log(`${job.backupId}: ${state}`)
process.exitCode = state === 'completed' ? 0 : 1

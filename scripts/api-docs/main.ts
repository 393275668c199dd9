import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { testDirectory } from '#e2e/world/files.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { startStack } from '#e2e/world/stack.ts'
import { build } from '#scripts/build.ts'
import { sessionCookie } from '#scripts/demo/sign-in.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { operations } from '#server/rest/operations.ts'
import { type Example, exampleText, type Told } from './examples.ts'
import { withPart } from './page.ts'
import { readTables } from './relations.ts'
import { operationTable, relationTable } from './tables.ts'

// npm run docs:api: the examples of docs/api.md from a running hub, its tables from the code.
const root = path.resolve(import.meta.dirname, '../..')
const file = path.join(root, 'docs', 'api.md')
const MIB = 1024 * 1024

async function tell(): Promise<string> {
  await using made = new AsyncDisposableStack()
  await build(root, console.log)
  const server = made.use(await startTestPostgres())
  const stack = made.use(await startStack({ server, web: true }))
  const directory = made.use(await testDirectory('disks')).path
  const disk = async (key: number, mib: number) => {
    const extents = [{ kind: 'random' as const, offset: 0, length: mib * MIB }]
    return {
      key,
      ...(await makeRawDisk(path.join(directory, `${key}.raw`), { sizeBytes: 64 * MIB, extents, seed: `${key}` })),
    }
  }
  const vm = await stack.addVm({ name: 'pgtest1', disks: [await disk(2000, 16), await disk(2001, 1)] })
  const cookie = await sessionCookie({ env: stack.env, databaseUrl: stack.variables.DATABASE_URL ?? '' })
  const told: Told[] = []
  const ask = async (example: Example): Promise<Record<string, string>> => {
    const { method, path: at, body, headers = {} } = example
    const response = await fetch(`${stack.url}/api/v1${at}`, {
      method,
      headers: { ...headers, cookie, origin: stack.url, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const answer = (await response.json()) as Record<string, string>
    told.push({ ...example, status: response.status, answer })
    return answer
  }

  await ask({ title: 'Machines', method: 'GET', path: '/vms?search=pg' })
  await ask({ title: 'Repositories', method: 'GET', path: '/repositories' })
  const begun = await ask({
    title: 'Back a machine up',
    method: 'POST',
    path: '/backups',
    headers: { 'idempotency-key': '6f0d9b6e-nightly-pgtest1' },
    body: { vm_name: 'pgtest1', repository_id: stack.repositoryId, backup_type: 'full' },
  })
  const id = begun.backup_id ?? ''
  await ask({ title: 'Is it stuck?', method: 'GET', path: `/backups/${id}/verdict` })
  await stack.finished(begun.job_id ?? '')
  await ask({ title: 'One backup', method: 'GET', path: `/backups/${id}` })
  await ask({ title: 'Backups, in pages', method: 'GET', path: '/backups?state=completed&limit=1' })
  await ask({ title: 'The chain of a machine', method: 'GET', path: `/vms/${vm.id}/chain` })
  await ask({ title: 'What a refusal looks like', method: 'POST', path: '/backups', body: { vm_name: 'pgtest1' } })
  await ask({ title: 'Health, version and build', method: 'GET', path: '/health' })
  const { host } = new URL(stack.url)
  return exampleText(
    told,
    new Map([
      [stack.root, '/srv'],
      [host, '127.0.0.1:3000'],
    ]),
  )
}

const examples = await tell()
const tables = readTables(await readFile(path.join(root, 'prisma', 'schema.prisma'), 'utf8'))
let page = await readFile(file, 'utf8')
page = withPart(page, 'examples', examples)
page = withPart(page, 'operations', operationTable(operations))
page = withPart(page, 'tables', relationTable(operations, tables))
const example = await readFile(path.join(root, 'client', 'example.ts'), 'utf8')
page = withPart(page, 'client', `\`\`\`ts\n${example.trim()}\n\`\`\``)
await writeFile(file, page)
console.log('Written: docs/api.md')

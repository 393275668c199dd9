import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { testDirectory } from '#e2e/world/files.ts'
import { claimPorts } from '#e2e/world/ports.ts'
import { startTestPostgres } from '#e2e/world/postgres.ts'
import { startStack } from '#e2e/world/stack.ts'
import { ensureSystemUser } from '#lib/host/system-user.ts'
import { makeRawDisk } from '#scripts/demo-vm/raw-disk.ts'
import { createBare, settle } from './bare.ts'
import { copyFigures, type Rounds, summarize, table } from './figures.ts'
import { memoryLine } from './memory.ts'
import { type BenchOptions, parseOptions } from './options.ts'
import { runProduct } from './product.ts'

async function bench(options: BenchOptions): Promise<void> {
  const { dataBytes, only } = options
  await using made = new AsyncDisposableStack()
  const directory = made.use(await testDirectory('bench')).path
  const source = await makeRawDisk(path.join(directory, 'bench.raw'), {
    sizeBytes: dataBytes,
    extents: [{ kind: 'random', offset: 0, length: dataBytes }],
  })
  const server = made.use(await startTestPostgres())
  const stack = made.use(await startStack({ server }))
  const ports = made.use(await claimPorts())
  const vm = await stack.addVm({ name: 'bench', disks: [{ key: 2000, path: source.path }] })
  const bare = await createBare({
    directory: path.join(directory, 'bare'),
    source,
    ports: { ssh: ports.ssh, export: ports.exports[0] },
    runAs: process.getuid?.() === 0 ? await ensureSystemUser('sendense-tunnel') : null,
  })
  const rounds: Rounds = { product: [], tunnel: [], direct: [], convert: [] }
  const firstByte: number[] = []
  const whole: number[] = []
  const readBack: number[] = []
  for (let round = 1; round <= options.rounds; round++) {
    await settle(directory)
    const run = await runProduct(stack, vm.id, source.path)
    rounds.product.push(run.copySeconds)
    firstByte.push(run.firstByteSeconds)
    whole.push(run.wholeSeconds)
    readBack.push(run.readBackPerCpuSecond)
    rounds.tunnel.push(await bare.copy('tunnel'))
    if (only === null) {
      rounds.direct.push(await bare.copy('direct'))
      rounds.convert.push(await bare.convert())
    }
    console.log(
      `round ${round} of ${options.rounds}: ${JSON.stringify(Object.entries(rounds).map(([way, all]) => `${way} ${all.at(-1)?.toFixed(2)} s`))}`,
    )
  }
  const result = summarize(rounds, firstByte, dataBytes, new Date())
  console.log(`\n${table(result)}`)
  console.log(copyFigures({ rounds, whole, firstByte, readBack }))
  if (only === 'copy') console.log(await memoryLine(stack, directory))
  if (options.json) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
}

await bench(parseOptions(process.argv.slice(2)))

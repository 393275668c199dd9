import path from 'node:path'
import { compareImage } from '#lib/digests/compare.ts'
import { proofError } from '#lib/digests/proof.ts'
import { stopSignal } from '#lib/process/stop-signal.ts'
import { namedRoot } from './manifest.ts'
import { HELP, parseOptions } from './options.ts'
import { type DigestReport, reportLines } from './report.ts'

// npm run digest: one image against its digest map, with nothing of a hub.

const json = process.argv.includes('--json')
const signal = stopSignal()

async function run(): Promise<DigestReport | null> {
  const options = parseOptions(process.argv.slice(2))
  if (options === null) return null
  const { image, map } = options
  const named = options.root === null ? await namedRoot(map) : null
  const expectedRoot = options.root ?? named?.root
  const onProgress = process.stderr.isTTY
    ? (bytes: number, total: number) => process.stderr.write(`\r${((100 * bytes) / Math.max(1, total)).toFixed(0)} %\r`)
    : undefined
  const comparison = await compareImage({ image, map, expectedRoot, signal, onProgress })
  const notes =
    named && named.image !== path.basename(image) ? [`the manifest names this map for the image ${named.image}`] : []
  return { image, map, rootFrom: options.root ? '--root' : (named?.manifest ?? null), notes, comparison }
}

try {
  const report = await run()
  if (report === null) console.log(HELP)
  else {
    console.log(json ? JSON.stringify({ type: 'result', ...report }) : reportLines(report).join('\n'))
    process.exitCode = report.comparison.equal ? 0 : 1
  }
} catch (error) {
  const problem = proofError(error, signal)
  if (json) console.log(JSON.stringify(problem))
  else console.error(`Not known: ${problem.message}`)
  process.exitCode = 2
}

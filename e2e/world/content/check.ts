import path from 'node:path'
import { z } from 'zod'
import { run } from '#lib/process/run.ts'
import { checkout } from '../appliance.ts'

/** What the stand-alone check says of an image; `npm run digest` without npm. */
export interface CheckAnswer {
  exitCode: number | null
  differing: number | null
  firstOffset: number | null
  lastOffset: number | null
  /** In its own words. */
  said: string
}

const resultSchema = z.object({
  type: z.literal('result'),
  comparison: z.object({
    differing: z.number(),
    firstOffset: z.number().nullable(),
    lastOffset: z.number().nullable(),
  }),
})
const errorSchema = z.object({ type: z.literal('error'), code: z.string(), message: z.string() })
const answerSchema = z.discriminatedUnion('type', [resultSchema, errorSchema])

/** @param root  absent: what the manifest beside the map names */
export async function standAloneCheck(image: string, map: string, root: string | null): Promise<CheckAnswer> {
  const program = path.join(checkout, 'scripts/digest/main.ts')
  const args = [program, '--image', image, '--map', map, '--json', ...(root === null ? [] : ['--root', root])]
  const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd: checkout })
  const nothing = { exitCode, differing: null, firstOffset: null, lastOffset: null }
  try {
    const answer = answerSchema.parse(JSON.parse(stdout))
    if (answer.type === 'error') return { ...nothing, said: `${answer.code}: ${answer.message}` }
    const { differing, firstOffset, lastOffset } = answer.comparison
    const said = differing === 0 ? 'equal' : `${differing} differ, first at ${firstOffset}, last at ${lastOffset}`
    return { exitCode, differing, firstOffset, lastOffset, said }
  } catch {
    return { ...nothing, said: `${stdout}${stderr}`.trim().slice(0, 500) }
  }
}

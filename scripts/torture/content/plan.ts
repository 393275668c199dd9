import type { ContentCase } from '#e2e/world/content/case.ts'
import type { Kind } from '#e2e/world/content/kind.ts'
import type { Random } from '../../seed/random.ts'

/** So many cases that change bytes have one beside them that writes without changing any. */
const DAMAGING_TO_CALM = 10

type Draw = () => Pick<ContentCase, 'kind' | 'moment'>

/** Every pair of kind and moment once, in an order of its own, before one comes again. */
function drawer(kinds: readonly Kind[], random: Random): Draw | null {
  const pairs = kinds.flatMap((kind) => kind.moments.map((moment) => ({ kind, moment })))
  let left: typeof pairs = []
  if (pairs.length === 0) return null
  return () => {
    if (left.length === 0) left = shuffled(pairs, random)
    return left.pop() as (typeof pairs)[number]
  }
}

/**
 * Cases by a seeded generator.
 * @param count  of those that change bytes; the calm ones come on top
 */
export function planContent(
  kinds: { damaging: readonly Kind[]; calm: readonly Kind[] },
  count: number,
  random: Random,
): ContentCase[] {
  const damaging = drawer(kinds.damaging, random)
  const calm = drawer(kinds.calm, random)
  const planned: ContentCase[] = []
  const add = (draw: Draw | null) => {
    if (draw) planned.push({ number: planned.length + 1, ...draw(), seed: random.int(0, 2 ** 31) })
  }
  for (let done = 1; done <= count; done++) {
    add(damaging)
    if (done % DAMAGING_TO_CALM === 0) add(calm)
  }
  return planned
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.int(0, i)
    ;[out[i], out[j]] = [out[j] as T, out[i] as T]
  }
  return out
}

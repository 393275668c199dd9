import type { CheckItem, VmCheck } from '#contracts/check.ts'
import { idSchema } from '#contracts/ids.ts'
import { ProblemError } from '#contracts/problem.ts'
import { sleep } from '#lib/async/wait.ts'
import type { Hub } from '#server/container.ts'
import type { CheckOptions } from './options.ts'

const LOOK_MS = 150
/** The engine ends a check after two minutes by itself. */
const LONGEST_MS = 150_000

/** The one of this name or id. @throws ProblemError `not_found`, or `bad_input` when several have the name */
export function pick<T extends { id: string; name: string }>(list: readonly T[], wanted: string, what: string): T {
  const named = list.filter(({ id, name }) => (idSchema.safeParse(wanted).success ? id === wanted : name === wanted))
  const [one, ...more] = named
  if (one && more.length === 0) return one
  if (!one) throw new ProblemError({ code: 'not_found', happened: `This hub has no ${what} "${wanted}".` })
  throw new ProblemError({
    code: 'bad_input',
    happened: `${named.length} are called "${wanted}": ${named.map(({ id }) => id).join(', ')}.`,
    remedy: 'Name the one you mean by its id.',
  })
}

/** Begins the check and waits for its end; `tell` hears of each answer once, as it comes. */
export async function runCheck(
  { services }: Hub,
  options: CheckOptions,
  tell: (item: CheckItem) => void,
): Promise<VmCheck> {
  const vm = pick(await services.vms.list(), options.vm ?? '', 'virtual machine')
  const repository =
    options.repository === null ? null : pick(await services.repositories.list(), options.repository, 'repository')
  const input = { vmId: vm.id, ...(repository ? { repositoryId: repository.id } : {}) }
  let check = await services.checks.start(input, { userId: null })
  const told = new Set<string>()
  const end = performance.now() + LONGEST_MS
  for (;;) {
    for (const item of check.items) {
      if (!told.has(item.id)) tell(item)
      told.add(item.id)
    }
    if (check.state !== 'running') return check
    if (performance.now() > end)
      throw new ProblemError({
        code: 'deadline',
        happened: 'The check did not end.',
        safe: 'What it made stays on the ledger, and housekeeping removes it.',
        remedy: 'See whether the engine runs (engine.log under the hub’s home).',
      })
    await sleep(LOOK_MS)
    check = await services.checks.get(check.id)
  }
}

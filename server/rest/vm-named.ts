import { ProblemError } from '#contracts/problem.ts'
import type { Caller } from './operation.ts'

/** The machine of this name. @throws ProblemError `not_found`, or `conflict` when several have it */
export async function vmIdOf(call: Caller, name: string): Promise<string> {
  const named = (await call.overview.machines()).filter((machine) => machine.name === name)
  const listed = named.filter(({ missing }) => !missing)
  const [one, ...more] = listed.length > 0 ? listed : named
  if (!one)
    throw new ProblemError({
      code: 'not_found',
      field: 'vm_name',
      happened: `There is no virtual machine "${name}".`,
      remedy: 'GET /api/v1/vms lists them. A new one is found when its appliance is asked for its inventory.',
    })
  if (more.length === 0) return one.id
  throw new ProblemError({
    code: 'conflict',
    field: 'vm_name',
    happened:
      `${more.length + 1} virtual machines are called "${name}": ${[one, ...more].map(({ id }) => id).join(', ')}.`.slice(
        0,
        2000,
      ),
    safe: 'Nothing was started.',
    remedy: 'Name the one you mean by vm_id.',
  })
}

import type { Api } from './api.ts'
import { CliError, exits } from './exit.ts'

interface Named {
  id: string
  name: string
}
const isId = (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)

/** The one that is meant by a name or an id. @throws CliError when nobody, or more than one, is */
export function pick<T extends Named>(list: readonly T[], wanted: string, what: string): T {
  const found = list.filter(({ id, name }) => id === wanted || name === wanted)
  const [one, ...more] = found
  if (one && more.length === 0) return one
  if (one)
    throw new CliError(
      exits.usage,
      `${found.length} are called "${wanted}": ${found.map(({ id }) => id).join(', ')}.`,
      'Say which one by its id.',
    )
  const known = list.slice(0, 8).map(({ name }) => name)
  throw new CliError(
    exits.notFound,
    `This hub has no ${what} "${wanted}".`,
    known.length === 0
      ? `It has no ${what} at all.`
      : `It has: ${known.join(', ')}${list.length > known.length ? ', …' : ''}`,
  )
}

export async function vmNamed(api: Api, wanted: string): Promise<Named> {
  const named = isId(wanted) ? '' : `&name=${encodeURIComponent(wanted)}`
  const list = await api.all<Named>(`/vms?limit=1000${named}`)
  // Of that name there is none: some that there are help whoever mistyped it.
  return pick(list.length > 0 ? list : await api.all<Named>('/vms?limit=9', 9), wanted, 'virtual machine')
}

/** The repository that is named; without a name the only one there is. */
export async function repositoryNamed(api: Api, wanted: string | undefined): Promise<Named> {
  const list = await api.all<Named>('/repositories')
  if (wanted !== undefined) return pick(list, wanted, 'repository')
  const [only, ...more] = list
  if (only && more.length === 0) return only
  if (!only)
    throw new CliError(exits.conflict, 'This hub has no repository yet.', 'Add one: sendense repo add NAME PATH')
  throw new CliError(
    exits.usage,
    `There are ${list.length} repositories: say which one.`,
    `--repo ${list.map(({ name }) => name).join(' | ')}`,
  )
}

export const applianceNamed = async (api: Api, wanted: string): Promise<Named> =>
  pick(await api.all<Named>('/appliances'), wanted, 'appliance')

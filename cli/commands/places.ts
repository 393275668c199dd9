import { type Command, InvalidArgumentError } from 'commander'
import { limitStanding, limitWords } from '#lib/format/limit.ts'
import type { Context, Contextual } from '../context.ts'
import { exits } from '../exit.ts'
import { bytes, facts, plain, state, table, time, tone } from '../format.ts'
import { applianceNamed, pick, repositoryNamed } from '../names.ts'
import type { ApplianceRow, LookAnswer, Probe, RepositoryRow } from '../views.ts'
import { problemLines } from './backup.ts'

const MIB = 1024 * 1024

/** Asks whether a thing answers; the exit status says so too. */
async function probe({ api, out, exit }: Context, at: string): Promise<void> {
  const answer = await api.ask<Probe>('POST', `${at}/probe`)
  if (!answer.ok) exit(exits.failed)
  out.say(answer, () => (answer.problem ? problemLines(answer.problem) : plain(answer.detail)))
}

/** How many restore points stand how, the worst first. */
function counted(points: RepositoryRow['points']): string {
  const { damaged, missing, not_looked_at, unproved, ok } = points
  const parts = [
    damaged > 0 ? tone('bad', `${damaged} damaged`) : null,
    missing > 0 ? tone('bad', `${missing} missing`) : null,
    not_looked_at > 0 ? `${not_looked_at} not looked at` : null,
    unproved > 0 ? `${unproved} without digest map` : null,
    ok > 0 ? tone('ok', `${ok} ok`) : null,
  ]
  return parts.filter((part) => part !== null).join(', ') || '–'
}

function lookWords(answer: LookAnswer): string {
  if (answer.problem) return `${problemLines(answer.problem)}\n\n${counted(answer.points)}`
  if (!answer.finished) return `The look goes on: sendense repo list shows what it finds.\n${counted(answer.points)}`
  const rest = answer.not_looked > 0 ? `, ${answer.not_looked} could not be` : ''
  return `${answer.looked} looked at${rest}, ${answer.changed} stand otherwise than before.\n${counted(answer.points)}`
}

/** `sendense repo …`, or `sendense repository …` */
export function addRepo(program: Command, within: Contextual): void {
  const repo = program.command('repo').alias('repository').description('Mind the directories that backups are kept in')

  repo
    .command('list')
    .description('List repositories')
    .action(() =>
      within(async ({ api, out }) => {
        const list = await api.all<RepositoryRow>('/repositories')
        const words = () =>
          table(list, [
            { title: 'REPOSITORY', of: ({ name }) => plain(name) },
            { title: 'PATH', of: ({ path }) => plain(path) },
            { title: 'FREE', right: true, of: ({ free_bytes }) => bytes(free_bytes) },
            { title: 'OF', right: true, of: ({ total_bytes }) => bytes(total_bytes) },
            { title: 'BACKUPS', right: true, of: ({ backup_count }) => String(backup_count) },
            {
              title: 'STATE',
              of: ({ problem }) => (problem ? tone('bad', plain(problem.happened)) : tone('ok', 'ok')),
            },
            { title: 'RESTORE POINTS', of: ({ points }) => counted(points) },
            { title: 'LOOKED AT', of: ({ looked_at }) => time(looked_at) },
            { title: 'ID', of: ({ id }) => id },
          ])
        out.say(list, () => (list.length === 0 ? 'No repository. Add one: sendense repo add NAME PATH' : words()))
      }),
    )

  repo
    .command('add')
    .description('Make a directory of the hub a repository')
    .argument('<name>', 'what to call it')
    .argument('<path>', 'an absolute path on the hub; a missing directory is made')
    .action((name: string, path: string) =>
      within(async ({ api, out }) => {
        const made = await api.ask<RepositoryRow>('POST', '/repositories', { name, path })
        out.say(
          made,
          () => `${plain(made.name)} is a repository now: ${plain(made.path)}, ${bytes(made.free_bytes)} free.`,
        )
      }),
    )

  repo
    .command('probe')
    .description('Ask whether a repository is there and can be written')
    .argument('<repository>', 'its name or id')
    .action((name: string) =>
      within(async (context) => probe(context, `/repositories/${(await repositoryNamed(context.api, name)).id}`)),
    )

  repo
    .command('look')
    .description('Hold the catalogue against a repository’s files now')
    .argument('<repository>', 'its name or id')
    .action((name: string) =>
      within(async ({ api, out, exit }) => {
        const { id } = await repositoryNamed(api, name)
        const answer = await api.ask<LookAnswer>('POST', `/repositories/${id}/look`)
        const { damaged, missing, not_looked_at, unproved } = answer.points
        if (answer.problem || damaged + missing + not_looked_at + unproved > 0) exit(exits.failed)
        out.say(answer, () => lookWords(answer))
      }),
    )

  repo
    .command('remove')
    .description('Forget a repository; its files stay, and one that holds backups is refused')
    .argument('<repository>', 'its name or id')
    .action((name: string) =>
      within(async ({ api, out }) => {
        const one = pick(await api.all<RepositoryRow>('/repositories'), name, 'repository')
        await api.ask('DELETE', `/repositories/${one.id}`)
        out.say({ removed: one.id }, () => `${plain(one.name)} is forgotten. Its files stay in ${plain(one.path)}.`)
      }),
    )
}

/** `50.0 MiB/s. It is in force.` */
function standing({ limit_mib_per_second: mib, applied_limit: applied, state }: ApplianceRow): string {
  const wanted = mib === null ? null : mib * MIB
  if (state === 'revoked') return limitWords(wanted)
  const said = applied && { bytesPerSecond: applied.bytes_per_second }
  return `${limitWords(wanted)}. ${limitStanding({ wanted, applied: said, online: state === 'online' }).words}`
}

/** A number of MiB a second, or null for `none`. @throws InvalidArgumentError */
function mibPerSecond(text: string): number | null {
  if (text === 'none') return null
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number of MiB a second, or none.')
  return Number(text)
}

function applianceWords(one: ApplianceRow): string {
  const head = facts([
    ['appliance', plain(one.name)],
    ['id', one.id],
    ['state', `${state(one.state)} ${tone('dim', `last seen ${time(one.last_seen_at)}`)}`],
    ['build', plain(one.build_id ?? '–')],
    ['key', one.fingerprint],
    ['round trip', one.round_trip_ms === null ? '–' : `${one.round_trip_ms.toFixed(1)} ms`],
    ['rate limit', standing(one)],
    [
      'tools',
      one.tools
        .map(({ name, version }) => `${plain(name)} ${version === null ? tone('bad', 'missing') : plain(version)}`)
        .join(', ') || '–',
    ],
  ])
  return one.problem ? `${head}\n\n${problemLines(one.problem)}` : head
}

/** `sendense appliance …` */
export function addAppliance(program: Command, within: Contextual): void {
  const appliance = program.command('appliance').description('See the programs near the hypervisors')

  appliance
    .command('list')
    .description('List appliances')
    .action(() =>
      within(async ({ api, out }) => {
        const list = await api.all<ApplianceRow>('/appliances')
        const words = () =>
          table(list, [
            { title: 'APPLIANCE', of: ({ name }) => plain(name) },
            { title: 'STATE', of: (one) => state(one.state) },
            { title: 'MACHINES', right: true, of: ({ vm_count }) => String(vm_count) },
            { title: 'LAST SEEN', of: ({ last_seen_at }) => time(last_seen_at) },
            { title: 'BUILD', of: ({ build_id }) => plain(build_id ?? '–') },
            { title: 'ID', of: ({ id }) => id },
          ])
        out.say(list, () => (list.length === 0 ? 'No appliance has joined this hub.' : words()))
      }),
    )

  const one = (name: string, description: string, work: (context: Context, id: string) => Promise<void>) =>
    appliance
      .command(name)
      .description(description)
      .argument('<appliance>', 'its name or id')
      .action((wanted: string) =>
        within(async (context) => work(context, (await applianceNamed(context.api, wanted)).id)),
      )

  one('show', 'Show one appliance: state, version, tools', async ({ api, out }, id) => {
    const answer = await api.get<ApplianceRow>(`/appliances/${id}`)
    out.say(answer, () => applianceWords(answer))
  })
  appliance
    .command('limit')
    .description('Limit the rate of an appliance: all its running jobs share it, and it acts on them within 2 s')
    .argument('<appliance>', 'its name or id')
    .requiredOption('--mib-per-second <number|none>', 'how much they may send together', mibPerSecond)
    .action((wanted: string, options: { mibPerSecond: number | null }) =>
      within(async ({ api, out }) => {
        const { id } = await applianceNamed(api, wanted)
        const body = { mib_per_second: options.mibPerSecond }
        const answer = await api.ask<ApplianceRow>('PUT', `/appliances/${id}/limit`, body)
        out.say(answer, () => `${plain(answer.name)}: ${standing(answer)}`)
      }),
    )
  one('probe', 'Ask whether an appliance answers through its tunnel', (context, id) =>
    probe(context, `/appliances/${id}`),
  )
  one('refresh', 'Have an appliance list its machines now', async ({ api, out, exit }, id) => {
    const answer = await api.ask<{ found: number; problems: string[] }>('POST', `/appliances/${id}/refresh`)
    if (answer.problems.length > 0) exit(exits.failed)
    out.say(answer, () =>
      [`${answer.found} machines.`, ...answer.problems.map((each) => tone('bad', plain(each)))].join('\n'),
    )
  })
}

import { Bytes } from '#components/format/byte-count.tsx'
import { Status, type StatusTone } from '#components/ui/status.tsx'
import type { RepositoryCheck, repositoryChecks } from '#contracts/views.ts'

type Check = RepositoryCheck['checks'][number]

const outcomes: Record<Check['outcome'], { tone: StatusTone; label: string }> = {
  passed: { tone: 'ok', label: 'Passed' },
  'will-make': { tone: 'unknown', label: 'Will be made' },
  note: { tone: 'note', label: 'Note' },
  warning: { tone: 'warn', label: 'Warning' },
  failed: { tone: 'bad', label: 'Failed' },
  'not-tried': { tone: 'unknown', label: 'Not tried' },
}

const titles: Record<(typeof repositoryChecks)[number], string> = {
  absolute: 'Absolute path',
  parent: 'Directory above',
  directory: 'Directory',
  'file-system': 'File system',
  'own-disk': 'A disk of its own',
  writable: 'Can be written',
  space: 'Free space',
  unused: 'Not a repository yet',
  nesting: 'Not in another repository',
  direct: 'Direct and sparse writing',
}

/** What became of each check, in words, with what to do about those that failed. */
export function CheckList({ check, busy }: { check: RepositoryCheck; busy: boolean }) {
  const failed = check.checks.filter(({ outcome }) => outcome === 'failed').length
  const sentence = check.usable
    ? 'This path can become a repository.'
    : `${failed} ${failed === 1 ? 'check' : 'checks'} failed: nothing was made.`
  return (
    <section aria-label="Checks" aria-busy={busy} data-testid="checks" data-usable={check.usable}>
      <p role="status" className="mb-2 font-medium">
        {sentence}
      </p>
      <ul className="divide-y divide-line rounded-lg border border-line">
        {check.checks.map((one) => (
          <li
            key={one.id}
            className="grid items-baseline gap-x-3 px-3 py-1.5 sm:grid-cols-[7rem_10.5rem_1fr]"
            data-check={one.id}
          >
            <Status {...outcomes[one.outcome]} />
            <p className="font-medium">{titles[one.id]}</p>
            <div className="min-w-0 [overflow-wrap:anywhere]">
              {one.outcome !== 'not-tried' && (
                <p className="text-muted">
                  {one.detail}
                  {one.id === 'space' && <Space check={check} />}
                </p>
              )}
              {one.remedy && <p>{one.remedy}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Space({ check: { freeBytes, totalBytes } }: { check: RepositoryCheck }) {
  if (freeBytes === null || totalBytes === null) return null
  return (
    <>
      {' '}
      <Bytes value={freeBytes} /> of <Bytes value={totalBytes} /> are free.
    </>
  )
}

import { LiveStatus } from '#components/live/status.tsx'

/** Whether the page is live, and what build answers. */
export function Footer({ buildId }: { buildId: string }) {
  return (
    <footer className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-4 py-2 text-muted md:px-6">
      <LiveStatus />
      <span>
        Build{' '}
        <code className="font-mono text-[0.8125rem]" data-testid="build-id">
          {buildId}
        </code>
      </span>
    </footer>
  )
}

import { Notice } from '#components/ui/notice.tsx'
import { CLOCK_WARN_MS } from '#contracts/clock.ts'
import { clockWords } from './clock.ts'

/** Said only when the appliance's clock is so far off that times it gives mislead. */
export function ClockNotice({ job }: { job: { applianceName: string; clockOffsetMs: number | null } }) {
  const { applianceName, clockOffsetMs } = job
  if (clockOffsetMs === null || Math.abs(clockOffsetMs) < CLOCK_WARN_MS) return null
  return (
    <div className="mb-3" data-testid="clock-notice">
      <Notice tone="warn" title={`The clock of ${applianceName} is ${clockWords(clockOffsetMs)}`}>
        Every time here is the hub’s, so the verdict is not affected; times in the appliance’s own log are off by that.
        Let both hosts set their clocks by NTP (chrony or systemd-timesyncd): <code>timedatectl set-ntp true</code>.
      </Notice>
    </div>
  )
}

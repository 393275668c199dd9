import { expect, it } from 'vitest'
import { hops, type Verdict } from '#contracts/diagnosis.ts'
import type { HubFacts } from '../../db/metrics.ts'
import { renderMetrics } from './metrics.ts'

const now = new Date('2026-11-23T10:00:10Z')
const verdict: Verdict = {
  ...{ kind: 'stalled', key: 2000, hop: 'tunnel', sentence: '' },
  ...{ evidence: [], causes: [], next: null, remedies: [], secondsLeft: null },
}
const views = hops.map(
  (hop) =>
    ({
      ...{ hop, motion: 'still' as const, bytes: 5, bytesPerSecond: 0, stillSeconds: 40 },
      ...{ busy: null, waiting: null, process: null },
    }) as const,
)
const facts: HubFacts = {
  running: [
    {
      ...{
        id: '1',
        vmName: 'db "one"\n',
        state: 'copying',
        stateSince: now,
        progressAt: new Date('2026-11-23T10:00:08Z'),
      },
      progress: {
        ...{ kind: 'job.progress', disks: [], bytesPerSecond: 7, etaSeconds: null },
        ledger: { verdict, disks: [{ key: 2000, hops: [...views], limiting: null, verdict }] },
      },
    },
  ],
  ended: [{ state: 'completed', count: 12 }],
  ...{ machines: 3, unprotected: 1, restorePoints: 12, exports: 2, usedPorts: 2, orphans: 0 },
  appliances: [{ name: 'node-1', state: 'online', lastSeenAt: now }],
  repositories: [{ name: 'main', totalBytes: 100n, freeBytes: 40n, problem: false }],
}

it('tells what a monitor alerts on, with hostile names escaped', async () => {
  const text = await renderMetrics(facts, { buildId: 'b1', ports: 101, now })
  const vm = 'vm="db \\"one\\"\\n"'
  for (const line of [
    'sendense_build_info{build="b1"} 1',
    'sendense_jobs_running{state="copying"} 1',
    `sendense_job_verdict{${vm},verdict="stalled"} 1`,
    `sendense_job_verdict{${vm},verdict="healthy"} 0`,
    `sendense_job_hop_bytes{${vm},disk="2000",hop="tunnel"} 5`,
    `sendense_job_seconds_since_progress{${vm}} 42`,
    'sendense_repository_free_bytes{repository="main"} 40',
    'sendense_appliance_up{appliance="node-1"} 1',
    'sendense_export_ports 101',
  ])
    expect(text).toContain(line)
})

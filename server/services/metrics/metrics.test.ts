import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { hops, type Verdict } from '#contracts/diagnosis.ts'
import type { HubFacts } from '../../db/metrics.ts'
import { parseExposition } from '../../testing/exposition.ts'
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
  points: { ok: 8, unproved: 1, notLookedAt: 1, missing: 0, damaged: 2 },
  ...{ machinesMissing: 1, newestUnusable: 2 },
  ...{ machines: 3, unprotected: 1, restorePoints: 12, exports: 2, usedPorts: 2, orphans: 0, dataTunnels: 1 },
  checks: [{ appliance: 'node-1', failed: 2 }],
  appliances: [{ name: 'node-1', state: 'online', lastSeenAt: now }],
  repositories: [{ name: 'main', totalBytes: 100n, freeBytes: 40n, storedBytes: 30n, problem: false }],
}

it('tells what a monitor alerts on, with hostile names escaped', async () => {
  const text = await renderMetrics(facts, { buildId: 'b1', ports: 101, engine: true, now })
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
    'sendense_engine_up 1',
    'sendense_tunnel_state{appliance="node-1",state="online"} 1',
    'sendense_tunnel_state{appliance="node-1",state="paused"} 0',
    'sendense_data_tunnels 1',
    'sendense_repository_stored_bytes{repository="main"} 30',
    'sendense_check_failed{appliance="node-1"} 2',
    'sendense_restore_points_by_state{state="damaged"} 2',
    'sendense_restore_points_by_state{state="not_looked_at"} 1',
    'sendense_restore_points_by_state{state="missing"} 0',
    'sendense_machines_newest_point_unusable 2',
    'sendense_machines_missing 1',
  ])
    expect(text).toContain(line)
  expect(parseExposition(text).get('sendense_job_verdict')?.samples[0]?.labels).toMatchObject({ vm: 'db "one"\n' })
})

it('no rule of docs/prometheus-alerts.yml names a metric or a label that is not told', async () => {
  const told = parseExposition(await renderMetrics(facts, { buildId: 'b1', ports: 101, engine: true, now }))
  const rules = await readFile(path.resolve(import.meta.dirname, '../../../docs/prometheus-alerts.yml'), 'utf8')
  const names = [...rules.matchAll(/\b(sendense_\w+)/g)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(8)
  expect(names.filter((name) => !told.has(name))).toEqual([])
  for (const [, label = ''] of rules.matchAll(/\$labels\.(\w+)/g))
    expect(
      [...told.values()].some(({ samples }) => samples.some(({ labels }) => label in labels)),
      label,
    ).toBe(true)
})

it('a text that Prometheus would refuse is refused', () => {
  for (const wrong of ['a_metric 1\n', '# TYPE a gauge\na{b=1} 1\n', '# TYPE a gauge\na x\n', '# TYPE a gauge\na 1'])
    expect(() => parseExposition(wrong), wrong).toThrow()
})

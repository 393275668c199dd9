import { Gauge, Registry } from 'prom-client'
import { verdictKinds } from '#contracts/diagnosis.ts'
import { applianceViewSchema } from '#contracts/views.ts'
import type { HubFacts, RunningJobFacts } from '../../db/metrics.ts'

const tunnelStates = applianceViewSchema.shape.state.options

const pointStates = [
  ['ok', 'ok'],
  ['unproved', 'unproved'],
  ['notLookedAt', 'not_looked_at'],
  ['missing', 'missing'],
  ['damaged', 'damaged'],
] as const

interface Fixed {
  buildId: string
  /** Ports that exports may take. */
  ports: number
  /** The engine answers. */
  engine: boolean
  now: Date
}

function gauges(registry: Registry) {
  return <const N extends string>(name: string, help: string, labelNames: readonly N[] = []) => {
    const gauge = new Gauge({ name: `sendense_${name}`, help, labelNames, registers: [registry] })
    return (labels: Record<N, string>, value: number) => gauge.set(labels as Partial<Record<N, string>>, value)
  }
}

function addJobs(registry: Registry, running: readonly RunningJobFacts[], now: Date): void {
  const gauge = gauges(registry)
  const active = gauge('jobs_running', 'Running backups by state.', ['state'])
  const hop = gauge('job_hop_bytes', 'Bytes that have passed a hop of a running backup.', ['vm', 'disk', 'hop'])
  const rate = gauge('job_bytes_per_second', 'What a running backup copies a second.', ['vm'])
  const silence = gauge('job_seconds_since_progress', 'Seconds since any hop of a running copy has moved.', ['vm'])
  const verdict = gauge('job_verdict', '1 for the verdict on a running backup, 0 for the others.', ['vm', 'verdict'])
  const states = new Map<string, number>()
  for (const { vmName: vm, state, progress, progressAt } of running) {
    states.set(state, (states.get(state) ?? 0) + 1)
    rate({ vm }, progress?.bytesPerSecond ?? 0)
    const ledger = progress?.ledger
    if (!ledger) continue
    for (const kind of verdictKinds) verdict({ vm, verdict: kind }, ledger.verdict.kind === kind ? 1 : 0)
    for (const disk of ledger.disks)
      for (const { hop: name, bytes } of disk.hops)
        if (bytes !== null) hop({ vm, disk: String(disk.key), hop: name }, bytes)
    const still = ledger.disks.flatMap(({ hops }) =>
      hops.map(({ motion, stillSeconds }) => (motion === 'moving' ? 0 : stillSeconds)),
    )
    const known = still.filter((seconds) => seconds !== null)
    const age = progressAt ? (now.getTime() - progressAt.getTime()) / 1000 : 0
    if (known.length > 0 && state === 'copying') silence({ vm }, Math.min(...known) + Math.max(0, age))
  }
  for (const [state, count] of states) active({ state }, count)
}

/** The hub in the words of Prometheus (text format 0.0.4). Names of machines and repositories are labels; nothing else is told. */
export async function renderMetrics(facts: HubFacts, { buildId, ports, engine, now }: Fixed): Promise<string> {
  const registry = new Registry()
  const gauge = gauges(registry)
  gauge('build_info', 'Always 1; the build is the label.', ['build'])({ build: buildId }, 1)
  gauge('engine_up', '1 while the engine answers: without it nothing is started.')({}, engine ? 1 : 0)
  addJobs(registry, facts.running, now)
  const ended = gauge('jobs_ended', 'Backups on record that have ended, by how.', ['state'])
  for (const { state, count } of facts.ended) ended({ state }, count)
  gauge('machines', 'Virtual machines, those too that their source does not list now.')({}, facts.machines)
  gauge('machines_missing', 'Of them: not listed by their source now.')({}, facts.machinesMissing)
  gauge('machines_without_backup', 'Virtual machines without any restore point that counts.')({}, facts.unprotected)
  const unusable = 'Virtual machines whose newest restore point does not count: not ok, or not looked at.'
  gauge('machines_newest_point_unusable', unusable)({}, facts.newestUnusable)
  gauge('restore_points', 'Restore points on record.')({}, facts.restorePoints)
  const stands = gauge('restore_points_by_state', 'Restore points by how they stand; only ok ones count.', ['state'])
  for (const [field, state] of pointStates) stands({ state }, facts.points[field])
  gauge('exports', 'Exports that are not released.')({}, facts.exports)
  gauge('export_ports_used', 'Ports of exports in use.')({}, facts.usedPorts)
  gauge('export_ports', 'Ports that exports may take.')({}, ports)
  gauge('orphans', 'Things on the ledger that could not be cleaned.')({}, facts.orphans)
  gauge('data_tunnels', 'Data tunnels that are let in: one for each running copy or check.')({}, facts.dataTunnels)
  const up = gauge('appliance_up', '1 while the appliance answers through its tunnel.', ['appliance'])
  const tunnel = gauge('tunnel_state', '1 for the present state of an appliance’s control tunnel, 0 for the others.', [
    'appliance',
    'state',
  ])
  const seen = gauge('appliance_last_seen_seconds', 'Unix time at which it was last heard of.', ['appliance'])
  for (const { name, state, lastSeenAt } of facts.appliances) {
    for (const one of tunnelStates) tunnel({ appliance: name, state: one }, state === one ? 1 : 0)
    up({ appliance: name }, state === 'online' ? 1 : 0)
    if (lastSeenAt) seen({ appliance: name }, lastSeenAt.getTime() / 1000)
  }
  const free = gauge('repository_free_bytes', 'Free bytes, as last checked.', ['repository'])
  const total = gauge('repository_total_bytes', 'Bytes of its file system.', ['repository'])
  const stored = gauge('repository_stored_bytes', 'Bytes that the images of its restore points take.', ['repository'])
  const fine = gauge('repository_ok', '0 when its last check found a problem.', ['repository'])
  for (const { name, freeBytes, totalBytes, storedBytes, problem } of facts.repositories) {
    if (freeBytes !== null) free({ repository: name }, Number(freeBytes))
    if (totalBytes !== null) total({ repository: name }, Number(totalBytes))
    stored({ repository: name }, Number(storedBytes))
    fine({ repository: name }, problem ? 0 : 1)
  }
  const failed = gauge('check_failed', 'What failed at the newest check of an appliance’s tunnel.', ['appliance'])
  for (const check of facts.checks) failed({ appliance: check.appliance }, check.failed)
  return registry.metrics()
}

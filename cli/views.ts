/** What commands read of the hub's answers: docs/api.md describes all of it. */
export interface DiskRow {
  key: number
  label: string
  state: string
  size_bytes: number
  data_bytes: number | null
  read_bytes: number | null
  sent_bytes: number | null
  allocated_bytes: number
  bytes_per_second: number
  port: number | null
  export_name: string | null
  image_path: string | null
}
export interface Problem {
  happened: string
  safe?: string
  remedy?: string
  tool?: { command: string; exit_code: number | null; stderr: string[] }
}
export interface BackupRow {
  backup_id: string
  job_id: string
  state: string
  state_since: string
  vm_name: string
  repository_name: string
  appliance_name: string
  size_bytes: number
  problem: Problem | null
  created_at: string
  finished_at: string | null
}
export interface BackupWhole extends BackupRow {
  disks: DiskRow[]
  targets: string | null
  bytes_per_second: number
  eta_seconds: number | null
  ledger: { verdict: { sentence: string; kind: string; evidence: string[]; next: string | null } } | null
  cursor: string
}
export interface CheckWhole {
  id: string
  state: 'running' | 'passed' | 'failed' | 'interrupted'
  items: { id: string; outcome: 'passed' | 'failed' | 'not-applicable'; detail: string; remedy: string | null }[]
}
export interface VmRow {
  id: string
  name: string
  appliance_name: string
  missing: boolean
  size_bytes: number
  disk_count: number
  last_backup_at: string | null
  newest_point_at: string | null
  newest_standing: string | null
  last_job: { backup_id: string; state: string } | null
}
export interface VmDiskRow {
  key: number
  label: string
  size_bytes: number
  allow_unknown: { reason: string; until: string; at: string; by: string | null } | null
}
export interface VmWhole extends VmRow {
  source: string
  disks: VmDiskRow[]
  restore_points: { count: number; stored_bytes: number }
}
export interface PointRow {
  backup_id: string
  backup_type: string
  parent_backup_id: string | null
  taken_at: string
  repository_name: string
  standing: string
  reason: string | null
  looked_at: string | null
  disks: { key: number; allocated_bytes: number; image_path: string; state_fixed_by: string }[]
}
export interface RepositoryRow {
  id: string
  name: string
  path: string
  total_bytes: number | null
  free_bytes: number | null
  backup_count: number
  points: { ok: number; unproved: number; not_looked_at: number; missing: number; damaged: number }
  looked_at: string | null
  problem: Problem | null
}
export interface LookAnswer {
  finished: boolean
  looked: number
  not_looked: number
  changed: number
  points: RepositoryRow['points']
  problem: Problem | null
}
export interface ApplianceRow {
  id: string
  name: string
  state: string
  build_id: string | null
  round_trip_ms: number | null
  last_seen_at: string | null
  vm_count: number
  fingerprint: string
  limit_mib_per_second: number | null
  applied_limit: { bytes_per_second: number | null; at: string } | null
  problem: Problem | null
  tools: { name: string; version: string | null }[]
}
export interface Probe {
  ok: boolean
  detail: string
  problem: Problem | null
}

export interface HubEvent {
  seq: string
  at: string
  job_id: string | null
  data:
    | { kind: 'job.state'; state: string; message: string }
    | { kind: 'job.step'; step: string; outcome: string; message: string }
    | { kind: 'job.progress'; disks: DiskRow[]; bytes_per_second: number; eta_seconds: number | null }
    | { kind: 'job.verdict'; verdict: { kind: string; sentence: string; evidence: string[]; next: string | null } }
    | { kind: 'check.changed'; check: CheckWhole }
    | { kind: 'other' }
}

import type { Readable } from 'node:stream'
import type { CatalogueSettings, LookResult } from '#contracts/catalogue.ts'
import type { CheckSubject, VmCheck } from '#contracts/check.ts'
import type {
  Challenge,
  ChallengeRequest,
  EnrolmentReceipt,
  EnrolmentRequest,
  EnrolmentStatus,
  EnrolmentView,
  NewPairingCode,
} from '#contracts/enrolment.ts'
import type { HubEvent } from '#contracts/events.ts'
import type { CleaningChoice, CleaningResult, HousekeepingView } from '#contracts/housekeeping.ts'
import type { JobState } from '#contracts/job.ts'
import type { Replay } from '#contracts/replay.ts'
import type { JobSamples } from '#contracts/samples.ts'
import type { SecretInput, SecretView } from '#contracts/secrets.ts'
import type { SupportBundle } from '#contracts/support.ts'
import type { Thresholds } from '#contracts/thresholds.ts'
import type { BackupVerdict } from '#contracts/verdict.ts'
import type {
  ApplianceView,
  BackupView,
  ExportView,
  JobSummary,
  JobView,
  MachineName,
  OverviewView,
  ProbeResult,
  RepositoryCheck,
  RepositoryView,
  TunnelView,
  VmDiskView,
  VmSummary,
  VmTimeline,
  VmView,
} from '#contracts/views.ts'

export interface AllowUnknownInput {
  /** The machine's. */
  id: string
  diskKey: number
  allowUnknown: boolean
  /** Needed to allow it. */
  reason?: string | undefined
  /** RFC 3339; left out: in 90 days. */
  until?: string | undefined
}

/** Who asks. Null only for the product itself. */
export interface Actor {
  userId: string | null
}

/**
 * What the hub can do, as routers see it. Every method throws {@link ProblemError} for what a person can act on
 * (not_found, conflict, busy, unavailable, deadline, …).
 */
export interface HubServices {
  vms: {
    list(): Promise<VmSummary[]>
    get(vmId: string): Promise<VmView>
    /** Its restore points in pages, newest first. */
    restorePoints(input: { id: string; cursor?: string | null; limit?: number }): Promise<{
      items: BackupView[]
      nextCursor: string | null
    }>
    timeline(vmId: string): Promise<VmTimeline>
    /** Allows an unknown state of one disk for a time, or takes that back. */
    allowUnknown(input: AllowUnknownInput, actor: Actor): Promise<VmDiskView>
    /** Asks the appliance for its inventory now. */
    refresh(applianceId: string): Promise<{ found: number; problems: string[] }>
  }
  backups: {
    start(input: { vmId: string; repositoryId: string; type: 'full' }, actor: Actor): Promise<JobSummary>
    /** Newest first. `search` is part of a machine's name or of a backup's id, whatever its case. */
    list(input: {
      vmId?: string
      active?: boolean
      state?: Extract<JobState, 'completed' | 'failed' | 'cancelled'>
      search?: string
      cursor?: string
      limit?: number
    }): Promise<{
      items: JobSummary[]
      nextCursor: string | null
    }>
    /** By job id or backup id. */
    get(id: string): Promise<JobView>
    /** How it stands, without the rest of its view. */
    verdict(id: string): Promise<BackupVerdict>
    cancel(id: string, actor: Actor): Promise<JobSummary>
    /** The job's kept events, oldest first. */
    events(jobId: string): Promise<HubEvent[]>
    /** What was sampled of the job, oldest first. */
    samples(jobId: string): Promise<JobSamples>
    /** Where it stood over its time, in few enough moments to send at once. */
    replay(jobId: string): Promise<Replay>
    /** Completed restore points. */
    restorePoints(input: { vmId?: string }): Promise<BackupView[]>
  }
  exports: {
    list(): Promise<ExportView[]>
    /** Serves one disk of a completed backup read-only. */
    start(input: { backupDiskId: string }, actor: Actor): Promise<ExportView>
    stop(exportId: string, actor: Actor): Promise<void>
    probe(exportId: string): Promise<ProbeResult>
  }
  tunnels: {
    list(): Promise<TunnelView[]>
    /** Asks for a fresh control tunnel: ends the present one and waits until the appliance has dialled again. */
    start(input: { applianceId: string }, actor: Actor): Promise<TunnelView>
    /** Has the appliance dial a running backup's own tunnel again; the copy goes on with what the image lacks. */
    restart(input: { jobId: string }, actor: Actor): Promise<void>
    /** Ends one live session. The appliance dials its control tunnel again by itself. */
    stop(tunnelId: string, actor: Actor): Promise<void>
    probe(input: { applianceId: string }): Promise<ProbeResult>
  }
  appliances: {
    list(): Promise<ApplianceView[]>
    get(applianceId: string): Promise<ApplianceView>
    /** Lets an appliance in by the public key and API token it printed. Answers what the appliance must be told. */
    register(
      input: { name: string; publicKey: string; apiToken: string },
      actor: Actor,
    ): Promise<{
      appliance: ApplianceView
      hub: { sshHost: string; sshPort: number; sshUser: string; hostKey: string; apiPort: number }
    }>
    /** What the appliance must be told to dial in: the same as {@link register} answered. */
    howToJoin(applianceId: string): Promise<{
      sshHost: string
      sshPort: number
      sshUser: string
      hostKey: string
      apiPort: number
    }>
    /** Lets a paused appliance in again. */
    start(applianceId: string, actor: Actor): Promise<ApplianceView>
    /** Takes its key out and ends its sessions. Refused while a job of it runs. */
    stop(applianceId: string, actor: Actor): Promise<ApplianceView>
    /** Takes its key out for good and ends its sessions at once; its running jobs are cancelled. Its machines and backups stay. */
    revoke(applianceId: string, actor: Actor): Promise<ApplianceView>
    /**
     * Sets what all its running jobs together may send, in MiB a second; null: no limit. The engine tells the appliance at
     * once, or when it is back. @throws ProblemError `conflict` when it is revoked
     */
    setLimit(input: { id: string; mibPerSecond: number | null }, actor: Actor): Promise<ApplianceView>
    probe(applianceId: string): Promise<ProbeResult>
  }
  enrolments: {
    /** Codes and requests that wait, and what was decided within the hour; newest first. */
    list(): Promise<EnrolmentView[]>
    /** Makes a pairing code for one appliance, for 15 minutes. It is told here and nowhere else. */
    offer(actor: Actor): Promise<NewPairingCode>
    /** Lets in who used the code, by that name. One of the key or name of a revoked appliance takes its place. */
    approve(input: { id: string; name: string }, actor: Actor): Promise<EnrolmentView>
    reject(enrolmentId: string, actor: Actor): Promise<EnrolmentView>
    /** Makes a code that nobody has used worthless. */
    withdraw(enrolmentId: string, actor: Actor): Promise<EnrolmentView>
  }
  /** What an appliance may ask before anybody knows it. `address` is where it asks from, if that is known. Throws TooManyTries too. */
  enrolmentDoor: {
    challenge(input: ChallengeRequest, address: string | null): Promise<Challenge>
    request(input: EnrolmentRequest, address: string | null): Promise<EnrolmentReceipt>
    status(input: { enrolmentId: string }, address: string | null): Promise<EnrolmentStatus>
  }
  repositories: {
    list(): Promise<RepositoryView[]>
    /** What would become of the path as a repository. Makes nothing. */
    check(input: { path: string }): Promise<RepositoryCheck>
    /** Checks the path, writes the identity file, keeps the row. `path` is absolute; a missing directory is made. */
    create(input: { name: string; path: string }, actor: Actor): Promise<RepositoryView>
    probe(repositoryId: string): Promise<ProbeResult>
    /** Holds the catalogue against its files now. */
    look(repositoryId: string): Promise<LookResult>
    /** Forgets it (files stay). Refused while backups or jobs refer to it. */
    remove(repositoryId: string, actor: Actor): Promise<void>
  }
  checks: {
    /** Begins one, or answers the one of the same thing that runs. */
    start(input: CheckSubject & { repositoryId?: string }, actor: Actor): Promise<VmCheck>
    get(checkId: string): Promise<VmCheck>
    /** The newest of a machine; null: none yet. */
    newest(vmId: string): Promise<VmCheck | null>
    /** The newest of each appliance alone. */
    appliances(): Promise<VmCheck[]>
  }
  housekeeping: {
    /** What is left over now, and what stands near but is not ours. */
    survey(): Promise<HousekeepingView>
    /** Cleans what is chosen (all, without a choice), each step with its outcome. */
    clean(choice: CleaningChoice, actor: Actor): Promise<CleaningResult>
  }
  /** The vault of source credentials. Nothing answers with a value. */
  secrets: {
    list(): Promise<SecretView[]>
    /** Stores a value, in the place of the former one of that kind and name. */
    set(input: SecretInput, actor: Actor): Promise<SecretView>
    remove(secretId: string, actor: Actor): Promise<void>
  }
  support: {
    /** Collects what helps to find a fault, without a secret in it, and keeps it for some minutes. */
    prepare(input: { jobId?: string }): Promise<SupportBundle>
    /** One file of a kept bundle; a long one is cut. */
    file(input: { id: string; name: string }): Promise<{ text: string; cut: boolean }>
    /** A kept bundle as tar.gz, made while it is read. */
    archive(id: string): Promise<{ fileName: string; stream: Readable }>
  }
  events: {
    /** The newest cursor. */
    cursor(): Promise<string>
    /** Every event after the cursor, then each new one, in order, none twice. Ends when the signal aborts. */
    subscribe(after: string, signal: AbortSignal): AsyncIterable<HubEvent>
  }
  overview: {
    /** How everything is, in counts and short lists. */
    get(): Promise<OverviewView>
    /** Every machine by its name, for finding one. */
    machines(): Promise<MachineName[]>
  }
  settings: {
    /** When a silence is worth a word, and when it is called a stall. */
    thresholds(): Promise<Thresholds>
    /** Holds for running jobs too, within seconds. */
    setThresholds(thresholds: Thresholds, actor: Actor): Promise<Thresholds>
    /** How often the catalogue is held against the disk. */
    catalogue(): Promise<CatalogueSettings>
    /** Holds within seconds. */
    setCatalogue(settings: CatalogueSettings, actor: Actor): Promise<CatalogueSettings>
  }
  /** Whether an engine holds this hub's lock. */
  engine(): Promise<{ running: boolean }>
  health(): Promise<{ ok: boolean; buildId: string; database: boolean; engine: boolean }>
}

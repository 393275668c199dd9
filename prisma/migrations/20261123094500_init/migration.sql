-- CreateEnum
CREATE TYPE "ApplianceState" AS ENUM ('offline', 'online', 'mismatch', 'paused');

-- CreateEnum
CREATE TYPE "BackupType" AS ENUM ('full');

-- CreateEnum
CREATE TYPE "JobState" AS ENUM ('queued', 'planned', 'preparing', 'copying', 'flushing', 'checking', 'committing', 'completed', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "DiskState" AS ENUM ('pending', 'preparing', 'copying', 'flushing', 'flushed', 'checking', 'proved', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "ResourceState" AS ENUM ('intended', 'live', 'released', 'orphan');

-- CreateEnum
CREATE TYPE "CommandState" AS ENUM ('queued', 'running', 'done', 'failed');

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "role" TEXT NOT NULL DEFAULT 'viewer',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "token" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "userId" TEXT NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "accessToken" TEXT,
    "refreshToken" TEXT,
    "idToken" TEXT,
    "accessTokenExpiresAt" TIMESTAMPTZ(3),
    "refreshTokenExpiresAt" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verifications" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "hubId" UUID NOT NULL DEFAULT gen_random_uuid(),
    "setupClaimedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "appliances" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "apiPort" INTEGER NOT NULL,
    "apiTokenSealed" BYTEA NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "state" "ApplianceState" NOT NULL DEFAULT 'offline',
    "problem" JSONB,
    "protocol" INTEGER,
    "buildId" TEXT,
    "tools" JSONB,
    "roundTripMs" DOUBLE PRECISION,
    "connectedAt" TIMESTAMPTZ(3),
    "lastSeenAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "appliances_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "virtual_machines" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "applianceId" UUID NOT NULL,
    "sourceName" TEXT NOT NULL,
    "sourceKind" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "missing" BOOLEAN NOT NULL DEFAULT false,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "virtual_machines_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "vm_disks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "vmId" UUID NOT NULL,
    "key" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,

    CONSTRAINT "vm_disks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "repositories" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "totalBytes" BIGINT,
    "freeBytes" BIGINT,
    "problem" JSONB,
    "checkedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "repositories_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backups" (
    "id" TEXT NOT NULL,
    "vmId" UUID NOT NULL,
    "repositoryId" UUID NOT NULL,
    "jobId" UUID NOT NULL,
    "type" "BackupType" NOT NULL,
    "directory" TEXT NOT NULL,
    "takenAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "backups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backup_disks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "backupId" TEXT NOT NULL,
    "key" INTEGER NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "allocatedBytes" BIGINT NOT NULL,
    "imagePath" TEXT NOT NULL,
    "proof" JSONB NOT NULL,

    CONSTRAINT "backup_disks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backup_jobs" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "backupId" TEXT NOT NULL,
    "type" "BackupType" NOT NULL,
    "vmId" UUID NOT NULL,
    "applianceId" UUID NOT NULL,
    "repositoryId" UUID NOT NULL,
    "requestedById" TEXT,
    "state" "JobState" NOT NULL DEFAULT 'queued',
    "stateSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntil" TIMESTAMPTZ(3),
    "problem" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "firstByteAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "backup_jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_disks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "jobId" UUID NOT NULL,
    "key" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "state" "DiskState" NOT NULL DEFAULT 'pending',
    "dataBytes" BIGINT,
    "hubPort" INTEGER,
    "exportName" TEXT,
    "imagePath" TEXT,
    "readBytes" BIGINT,
    "sentBytes" BIGINT,
    "allocatedBytes" BIGINT,
    "bytesPerSecond" DOUBLE PRECISION,
    "problem" JSONB,
    "proof" JSONB,

    CONSTRAINT "job_disks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "seq" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "jobId" UUID,
    "data" JSONB NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "resources" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "identity" TEXT NOT NULL,
    "jobId" UUID,
    "pid" INTEGER,
    "pidStart" TEXT,
    "state" "ResourceState" NOT NULL DEFAULT 'intended',
    "data" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "releasedAt" TIMESTAMPTZ(3),

    CONSTRAINT "resources_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "commands" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "state" "CommandState" NOT NULL DEFAULT 'queued',
    "result" JSONB,
    "problem" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deadlineAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "commands_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_key" ON "sessions"("token");

-- CreateIndex
CREATE INDEX "sessions_userId_idx" ON "sessions"("userId");

-- CreateIndex
CREATE INDEX "accounts_userId_idx" ON "accounts"("userId");

-- CreateIndex
CREATE INDEX "verifications_identifier_idx" ON "verifications"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "appliances_name_key" ON "appliances"("name");

-- CreateIndex
CREATE UNIQUE INDEX "appliances_fingerprint_key" ON "appliances"("fingerprint");

-- CreateIndex
CREATE UNIQUE INDEX "appliances_apiPort_key" ON "appliances"("apiPort");

-- CreateIndex
CREATE UNIQUE INDEX "virtual_machines_slug_key" ON "virtual_machines"("slug");

-- CreateIndex
CREATE INDEX "virtual_machines_name_idx" ON "virtual_machines"("name");

-- CreateIndex
CREATE UNIQUE INDEX "virtual_machines_applianceId_sourceName_ref_key" ON "virtual_machines"("applianceId", "sourceName", "ref");

-- CreateIndex
CREATE UNIQUE INDEX "vm_disks_vmId_key_key" ON "vm_disks"("vmId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "repositories_name_key" ON "repositories"("name");

-- CreateIndex
CREATE UNIQUE INDEX "repositories_path_key" ON "repositories"("path");

-- CreateIndex
CREATE UNIQUE INDEX "backups_jobId_key" ON "backups"("jobId");

-- CreateIndex
CREATE INDEX "backups_vmId_takenAt_idx" ON "backups"("vmId", "takenAt");

-- CreateIndex
CREATE UNIQUE INDEX "backup_disks_backupId_key_key" ON "backup_disks"("backupId", "key");

-- CreateIndex
CREATE UNIQUE INDEX "backup_jobs_backupId_key" ON "backup_jobs"("backupId");

-- CreateIndex
CREATE INDEX "backup_jobs_state_idx" ON "backup_jobs"("state");

-- CreateIndex
CREATE INDEX "backup_jobs_vmId_createdAt_idx" ON "backup_jobs"("vmId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "job_disks_jobId_key_key" ON "job_disks"("jobId", "key");

-- CreateIndex
CREATE INDEX "events_jobId_seq_idx" ON "events"("jobId", "seq");

-- CreateIndex
CREATE INDEX "resources_jobId_idx" ON "resources"("jobId");

-- CreateIndex
CREATE INDEX "resources_state_kind_idx" ON "resources"("state", "kind");

-- CreateIndex
CREATE INDEX "commands_state_createdAt_idx" ON "commands"("state", "createdAt");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "virtual_machines" ADD CONSTRAINT "virtual_machines_applianceId_fkey" FOREIGN KEY ("applianceId") REFERENCES "appliances"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vm_disks" ADD CONSTRAINT "vm_disks_vmId_fkey" FOREIGN KEY ("vmId") REFERENCES "virtual_machines"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_vmId_fkey" FOREIGN KEY ("vmId") REFERENCES "virtual_machines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "repositories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backups" ADD CONSTRAINT "backups_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "backup_jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_disks" ADD CONSTRAINT "backup_disks_backupId_fkey" FOREIGN KEY ("backupId") REFERENCES "backups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_vmId_fkey" FOREIGN KEY ("vmId") REFERENCES "virtual_machines"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_applianceId_fkey" FOREIGN KEY ("applianceId") REFERENCES "appliances"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "repositories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_requestedById_fkey" FOREIGN KEY ("requestedById") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_disks" ADD CONSTRAINT "job_disks_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "backup_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema language cannot say.

-- One active backup job per virtual machine.
CREATE UNIQUE INDEX "backup_jobs_one_active_per_vm" ON "backup_jobs" ("vmId")
  WHERE "state" NOT IN ('completed', 'failed', 'cancelled');

-- One owner per thing on the ledger until it is released (ports above all).
CREATE UNIQUE INDEX "resources_one_owner" ON "resources" ("kind", "identity")
  WHERE "state" <> 'released';

-- The installation is one row.
ALTER TABLE "installation" ADD CONSTRAINT "installation_one_row" CHECK ("id" = 1);
INSERT INTO "installation" ("id") VALUES (1);

-- Appends to the event log one at a time until the transaction ends, so that seq grows in commit order
-- and a reader that has seen seq N never misses a smaller one; then wakes the listeners.
CREATE FUNCTION "append_event"(kind TEXT, job_id UUID, data JSONB) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
  new_seq BIGINT;
BEGIN
  PERFORM pg_advisory_xact_lock(7310001);
  INSERT INTO "events" ("kind", "jobId", "data") VALUES (kind, job_id, data) RETURNING "seq" INTO new_seq;
  PERFORM pg_notify('sendense_events', new_seq::TEXT);
  RETURN new_seq;
END;
$$;

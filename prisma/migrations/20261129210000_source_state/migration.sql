-- How the state of each disk is fixed while it is copied, and who allowed that it is not.
ALTER TABLE "vm_disks" ADD COLUMN "allowUnknownReason" TEXT,
ADD COLUMN "allowUnknownUntil" TIMESTAMPTZ(3),
ADD COLUMN "allowUnknownAt" TIMESTAMPTZ(3),
ADD COLUMN "allowUnknownById" TEXT;

ALTER TABLE "job_disks" ADD COLUMN "stateFixedBy" TEXT,
ADD COLUMN "stateNote" TEXT,
ADD COLUMN "allowUnknown" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "format" TEXT,
ADD COLUMN "notes" JSONB,
ADD COLUMN "sectors" JSONB;

ALTER TABLE "backup_disks" ADD COLUMN "stateFixedBy" TEXT NOT NULL DEFAULT 'unknown',
ADD COLUMN "stateNote" TEXT,
ADD COLUMN "format" TEXT NOT NULL DEFAULT 'raw',
ADD COLUMN "notes" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN "sectors" JSONB;

-- An allowance is whole or not there.
ALTER TABLE "vm_disks" ADD CONSTRAINT "vm_disks_allow_unknown" CHECK (
  ("allowUnknownUntil" IS NULL) = ("allowUnknownReason" IS NULL)
  AND ("allowUnknownUntil" IS NULL) = ("allowUnknownAt" IS NULL));
ALTER TABLE "backup_disks" ADD CONSTRAINT "backup_disks_state_fixed_by" CHECK (
  "stateFixedBy" IN ('snapshot', 'unchanged', 'read_twice', 'unknown'));

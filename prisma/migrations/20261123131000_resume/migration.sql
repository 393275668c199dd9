ALTER TABLE "backup_jobs" ADD COLUMN "takenAt" TIMESTAMPTZ(3), ADD COLUMN "targets" TEXT;

-- AlterTable
ALTER TABLE "backup_jobs" ADD COLUMN "rerunOfId" UUID;

-- AlterTable
ALTER TABLE "job_disks" ADD COLUMN "writtenBytes" BIGINT,
ADD COLUMN "released" JSONB;

-- AddForeignKey
ALTER TABLE "backup_jobs" ADD CONSTRAINT "backup_jobs_rerunOfId_fkey" FOREIGN KEY ("rerunOfId") REFERENCES "backup_jobs"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What was sampled each second of a running job.
CREATE TABLE "job_samples" (
    "jobId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disks" JSONB NOT NULL,

    CONSTRAINT "job_samples_pkey" PRIMARY KEY ("jobId","at")
);

-- AddForeignKey
ALTER TABLE "job_samples" ADD CONSTRAINT "job_samples_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "backup_jobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The list of backups, newest first: all of them, and those of one state.
CREATE INDEX "backup_jobs_createdAt_id_idx" ON "backup_jobs"("createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "backup_jobs_state_createdAt_id_idx" ON "backup_jobs"("state", "createdAt" DESC, "id" DESC);

-- DropIndex
DROP INDEX "backup_jobs_state_idx";

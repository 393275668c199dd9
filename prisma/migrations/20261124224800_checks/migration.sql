-- CreateEnum
CREATE TYPE "CheckState" AS ENUM ('running', 'passed', 'failed', 'interrupted');

-- CreateTable
CREATE TABLE "checks" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "vmId" UUID,
    "applianceId" UUID NOT NULL,
    "repositoryId" UUID,
    "reason" TEXT NOT NULL,
    "state" "CheckState" NOT NULL DEFAULT 'running',
    "items" JSONB NOT NULL DEFAULT '[]',
    "tunnelSign" TEXT,
    "requestedById" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "checks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "checks_vmId_startedAt_idx" ON "checks"("vmId", "startedAt" DESC);

-- CreateIndex
CREATE INDEX "checks_applianceId_startedAt_idx" ON "checks"("applianceId", "startedAt" DESC);

-- AddForeignKey
ALTER TABLE "checks" ADD CONSTRAINT "checks_vmId_fkey" FOREIGN KEY ("vmId") REFERENCES "virtual_machines"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checks" ADD CONSTRAINT "checks_applianceId_fkey" FOREIGN KEY ("applianceId") REFERENCES "appliances"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checks" ADD CONSTRAINT "checks_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "repositories"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- One check at a time of a machine, and of an appliance alone.
CREATE UNIQUE INDEX "checks_one_running" ON "checks" ((COALESCE("vmId", "applianceId")))
  WHERE "state" = 'running';

-- The hops of each sample, the clock of each appliance, and when a silence is called a stall.
-- AlterTable
ALTER TABLE "appliances" ADD COLUMN     "clockOffsetMs" DOUBLE PRECISION;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "thresholds" JSONB;

-- AlterTable
ALTER TABLE "job_samples" ADD COLUMN     "hops" JSONB;

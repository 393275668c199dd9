-- CreateEnum
CREATE TYPE "PointState" AS ENUM ('unproved', 'ok', 'damaged', 'missing');

-- AlterTable
ALTER TABLE "backup_disks" ADD COLUMN     "imageBytes" BIGINT,
ADD COLUMN     "imageCtimeNs" TEXT,
ADD COLUMN     "imageInode" TEXT,
ADD COLUMN     "imageMtimeNs" TEXT,
ADD COLUMN     "mapBytes" BIGINT,
ADD COLUMN     "mapRoot" TEXT;

-- AlterTable
ALTER TABLE "backups" ADD COLUMN     "lookedAt" TIMESTAMPTZ(3),
ADD COLUMN     "manifestSha256" TEXT,
ADD COLUMN     "mapLookedAt" TIMESTAMPTZ(3),
ADD COLUMN     "mapNotLooked" TEXT,
ADD COLUMN     "notLooked" TEXT,
ADD COLUMN     "reason" TEXT,
ADD COLUMN     "seenIn" TEXT,
ADD COLUMN     "state" "PointState" NOT NULL DEFAULT 'unproved',
ADD COLUMN     "stateSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "installation" ADD COLUMN     "lookEverySeconds" INTEGER NOT NULL DEFAULT 900;

-- AlterTable
ALTER TABLE "repositories" ADD COLUMN     "lookedAt" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "backups_repositoryId_id_idx" ON "backups"("repositoryId", "id");

-- Every look writes a date into every row: room in each page keeps that write in the page, and out of the indexes.
ALTER TABLE "backups" SET (fillfactor = 80);

ALTER TABLE "installation" ADD CONSTRAINT "look_every" CHECK ("lookEverySeconds" BETWEEN 60 AND 86400);

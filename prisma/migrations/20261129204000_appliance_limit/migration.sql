-- AlterTable
ALTER TABLE "appliances" ADD COLUMN     "appliedLimit" JSONB,
ADD COLUMN     "limitMibPerSecond" INTEGER;

ALTER TABLE "appliances" ADD CONSTRAINT "appliances_limit" CHECK ("limitMibPerSecond" BETWEEN 1 AND 100000);

-- Pairing codes and the appliances that used them; appliances that are let in no more.
-- AlterEnum
ALTER TYPE "ApplianceState" ADD VALUE 'revoked';

-- CreateEnum
CREATE TYPE "EnrolmentState" AS ENUM ('offered', 'pending', 'approved', 'rejected', 'withdrawn');

-- CreateTable
CREATE TABLE "enrolments" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "state" "EnrolmentState" NOT NULL DEFAULT 'offered',
    "codeKey" TEXT NOT NULL,
    "createdById" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "applianceNonce" TEXT,
    "hubNonce" TEXT,
    "requestedAt" TIMESTAMPTZ(3),
    "publicKey" TEXT,
    "fingerprint" TEXT,
    "name" TEXT,
    "address" TEXT,
    "buildId" TEXT,
    "protocol" INTEGER,
    "exchangeKey" TEXT,
    "decidedAt" TIMESTAMPTZ(3),
    "decidedById" TEXT,
    "applianceId" UUID,

    CONSTRAINT "enrolments_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "enrolments_codeKey_key" ON "enrolments"("codeKey");

-- CreateIndex
CREATE INDEX "enrolments_expiresAt_idx" ON "enrolments"("expiresAt");

import { DIGEST_BYTES } from '#lib/digests/leaf.ts'
import { DigestLogWriter } from '#lib/digests/log.ts'

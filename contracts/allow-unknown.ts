/** How long an unknown state of a disk may be allowed: by default, and at most. Without zod: pages need it. */
export const ALLOW_UNKNOWN_DAYS = 90
export const ALLOW_UNKNOWN_MAX_DAYS = 366
export const ALLOW_UNKNOWN_REASON_LIMIT = 500

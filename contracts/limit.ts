/** The rate limit of an appliance. No zod in here: pages need the bounds. */
export const MIB = 1024 * 1024
/** MiB a second, at least and at most. */
export const LEAST_LIMIT_MIB = 1
export const MOST_LIMIT_MIB = 100_000

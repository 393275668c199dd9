/** The trail is kept for so many days at least. Apart from the schemas, which no page needs. */
export const LEAST_AUDIT_DAYS = 30

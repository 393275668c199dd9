import type * as Nuqs from 'nuqs/server'

/**
 * What filters in the address are made of. The server takes it from `nuqs/server` and the browser from `nuqs`: one that is
 * imported by both brings the library twice.
 */
export type AddressParsers = Pick<typeof Nuqs, 'parseAsString' | 'parseAsStringLiteral'>

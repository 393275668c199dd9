import type { Operation } from './operation.ts'
import { backups } from './operations/backups.ts'
import { exports } from './operations/exports.ts'
import { hub } from './operations/hub.ts'
import { places } from './operations/places.ts'
import { vms } from './operations/vms.ts'

/** All of `/api/v1`: what is not here is not there. Dispatcher, OpenAPI, docs and tests read this table. */
export const operations: readonly Operation[] = [...backups, ...vms, ...places, ...exports, ...hub]

import { PROTOCOL_VERSION } from '#contracts/appliance.ts'

declare const __BUILD_ID__: string | undefined

/** Set by the bundler from SENDENSE_BUILD_ID; `dev` when run from source. */
export const buildId: string = typeof __BUILD_ID__ === 'string' && __BUILD_ID__ !== '' ? __BUILD_ID__ : 'dev'

export const versionLine = `sendense-appliance ${buildId} (protocol ${PROTOCOL_VERSION}, node ${process.versions.node})`

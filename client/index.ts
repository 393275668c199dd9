export { type ClientOptions, createSendenseClient, type SendenseClient } from './client.ts'
export { followBackup } from './follow.ts'

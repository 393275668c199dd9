export { open, readOrCreateKey, seal } from './vault.ts'

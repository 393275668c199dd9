export { createKeyring, type Keyring, keyFiles } from './keyring.ts'
export { open, readOrCreateKey, seal } from './vault.ts'

/** What an appliance may be called. Without zod: pages need it too. */
export const APPLIANCE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/
export const APPLIANCE_NAME_MAX = 63
export const APPLIANCE_NAME_WORDS =
  'may hold letters, digits, spaces, ".", "_" and "-", and begins with a letter or digit'

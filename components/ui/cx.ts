/** Class names that are there, in order. */
export const cx = (...names: (string | false | null | undefined)[]): string => names.filter(Boolean).join(' ')

/** The file of a path; the whole stands beside it, or on hover. Pure. */
export function shortPath(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  return path === `/${file}` ? path : `…/${file}`
}

/** Longest slug of a VM: with `backup-` and seconds it stays far below the 255 bytes of a file name. */
const MAX_SLUG = 48

/**
 * A VM's name made safe for paths and export names: letters, digits, dot, dash, underscore.
 * @param taken  slugs of other machines; a collision gets `-2`, `-3`, …
 */
export function slugFor(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_SLUG)
    .replace(/[^A-Za-z0-9]+$/, '')
  const base = plain === '' ? 'vm' : plain
  for (let n = 1; ; n++) {
    const slug = n === 1 ? base : `${base}-${n}`
    if (!taken.has(slug)) return slug
  }
}

/** `backup-<vm>-<unix seconds>`; the attempt makes it unique when two collide. */
export function backupIdFor(slug: string, at: Date, attempt = 1): string {
  const id = `backup-${slug}-${Math.floor(at.getTime() / 1000)}`
  return attempt === 1 ? id : `${id}-${attempt}`
}

/** `<vm>-disk-<key>` */
export function exportNameFor(slug: string, key: number): string {
  return `${slug}-disk-${key}`
}

/** `disk-<key>.map`: the digest map of an image, beside it. */
export function mapNameFor(key: number): string {
  return `disk-${key}.map`
}

/** `disk-<key>.digests`: the digest log while a backup is written; the map is built from it. */
export function digestsNameFor(key: number): string {
  return `disk-${key}.digests`
}

/** `disk-<key>.qcow2` */
export function imageNameFor(key: number): string {
  return `disk-${key}.qcow2`
}

/**
 * How the state of a disk was fixed while it was copied (DESIGN §5, "Sources that change"). Without zod: pages need it.
 * `snapshot`: frozen by the source or by us. `unchanged`: comparisons that ran say that nobody wrote. `read_twice`: hashed again
 * after the copy, all equal. `unknown`: none of them, and a person allowed it.
 */
export const fixedBys = ['snapshot', 'unchanged', 'read_twice', 'unknown'] as const
export type FixedBy = (typeof fixedBys)[number]

export const fixedByWords: Readonly<Record<FixedBy, string>> = {
  snapshot: 'Snapshot',
  unchanged: 'Unchanged',
  read_twice: 'Read twice',
  unknown: 'State unknown',
}

/** What a disk's bytes are, as whoever owns its definition states it. Everything is stored as the guest sees it. */
export const diskFormats = ['raw', 'qcow2', 'vmdk', 'vhdx', 'vdi'] as const
export type DiskFormat = (typeof diskFormats)[number]

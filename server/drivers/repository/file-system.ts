/** What a file system's kind means for backups (statfs(2), `f_type`). Pure. */
export interface FileSystemKind {
  name: string
  /** A window of the kernel's: it looks like directories and keeps nothing. */
  pseudo: boolean
  /** Kept in memory: gone after a restart. */
  volatile: boolean
}

const pseudo = new Map([
  [0x9fa0, 'proc'],
  [0x6265_6572, 'sysfs'],
  [0x27_e0eb, 'cgroup'],
  [0x6367_7270, 'cgroup2'],
  [0x1cd1, 'devpts'],
  [0x6462_6720, 'debugfs'],
  [0x7472_6163, 'tracefs'],
  [0x7363_6673, 'securityfs'],
  [0x6265_6570, 'configfs'],
  [0x6165_676c, 'pstore'],
  [0x1980_0202, 'mqueue'],
  [0xf97c_ff8c, 'selinuxfs'],
  [0x4249_4e4d, 'binfmt_misc'],
  [0xcafe_4a11, 'bpf'],
  [0xde5e_81e4, 'efivarfs'],
  [0x6573_5543, 'fusectl'],
  [0x6e73_6673, 'nsfs'],
  [0x9584_58f6, 'hugetlbfs'],
])

const inMemory = new Map([
  [0x0102_1994, 'tmpfs'],
  [0x8584_58f6, 'ramfs'],
])

const ordinary = new Map([
  [0xef53, 'ext4'],
  [0x5846_5342, 'xfs'],
  [0x9123_683e, 'btrfs'],
  [0x2fc1_2fc1, 'zfs'],
  [0x6969, 'nfs'],
  [0xff53_4d42, 'cifs'],
  [0xfe53_4d42, 'smb2'],
  [0x6573_5546, 'fuse'],
  [0x794c_7630, 'overlay'],
  [0x4d44, 'vfat'],
  [0x2011_bab0, 'exfat'],
])

/** @param type  `f_type` as Node's statfs gives it */
export function fileSystemKind(type: number): FileSystemKind {
  const ghost = pseudo.get(type)
  const passing = inMemory.get(type)
  const name = ghost ?? passing ?? ordinary.get(type) ?? `unknown kind 0x${type.toString(16)}`
  return { name, pseudo: ghost !== undefined, volatile: passing !== undefined }
}

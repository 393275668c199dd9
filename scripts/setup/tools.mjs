/** What the product runs: program → the Debian package that has it. */
export const RUNTIME = {
  'qemu-img': 'qemu-utils',
  'qemu-nbd': 'qemu-utils',
  nbdkit: 'nbdkit',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  ss: 'iproute2',
  useradd: 'passwd',
  'mkfs.ext4': 'e2fsprogs',
  debugfs: 'e2fsprogs',
  sfdisk: 'fdisk',
}

/** What the tests run besides. A path means: that file or directory is there. */
export const TEST = {
  ...RUNTIME,
  'qemu-io': 'qemu-utils',
  // The yardstick of the bench and an oracle of tests; the product runs neither.
  nbdcopy: 'libnbd-bin',
  nbdinfo: 'libnbd-bin',
  chromium: 'chromium',
  openssl: 'openssl',
  '/usr/share/fonts/truetype/liberation': 'fonts-liberation',
}

import { expect, it } from 'vitest'
import { shortPath } from './short-path.ts'

it('keeps the file, and says that there is more', () => {
  expect(shortPath('/srv/backups/vm/backup-vm-1759901304/disk-2000.qcow2')).toBe('…/disk-2000.qcow2')
  expect(shortPath('/disk.qcow2')).toBe('/disk.qcow2')
})

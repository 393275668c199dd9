import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { BackupView, JobView } from '#contracts/views.ts'
import type { DemoVm } from '#scripts/demo-vm/build.ts'
import { compareImages } from '#server/drivers/image/driver.ts'
import { bytes } from './format.ts'
import type { Printer } from './printer.ts'

/** What the product itself proved of a disk. */
function proofLine(job: JobView, key: number): string {
  const proof = job.disks.find((disk) => disk.key === key)?.proof
  if (!proof) return 'no proof'
  const count = (value: number) => value.toLocaleString('en')
  return `${count(proof.hashedLeaves)} blocks hashed, ${count(proof.readBackLeaves)} read back, ${proof.differing} differ`
}

/** Compares every image with its source, byte for byte, and prints the sizes. True only when all are identical. */
export async function verdict(
  vm: DemoVm,
  { point, job }: { point: BackupView; job: JobView },
  repository: string,
  printer: Printer,
): Promise<boolean> {
  let good = point.disks.length === vm.disks.length
  for (const source of vm.disks) {
    const disk = point.disks.find(({ key }) => key === source.key)
    const image = disk && path.join(repository, disk.imagePath)
    if (!image) {
      printer.say(`  ✗ disk ${source.key}: there is no image of it`)
      good = false
      continue
    }
    printer.now(`comparing disk ${source.key} with its source`)
    const { identical, detail } = await compareImages({ path: source.path, format: 'raw' }, image)
    const exact = disk.sizeBytes === source.sizeBytes
    const held = bytes((await stat(image)).blocks * 512)
    printer.say(
      `  ${identical && exact ? '✓' : '✗'} disk ${source.key}: ${disk.sizeBytes} bytes (${bytes(disk.sizeBytes)}), ${bytes(source.dataBytes)} of them data, ${held} on disk`,
    )
    printer.say(`      ${image}`)
    printer.say(`      proof: ${proofLine(job, source.key)}`)
    printer.say(`      qemu-img compare: ${detail}`)
    if (!exact) printer.say(`      The size should be ${source.sizeBytes} bytes.`)
    good &&= identical && exact
  }
  return good
}

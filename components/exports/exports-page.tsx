'use client'

import { useFlag } from '#components/ui/flag.ts'
import { PageHeader } from '#components/ui/layout.tsx'
import { ExportList } from './export-list.tsx'
import { ServeRestorePoint } from './serve-dialog.tsx'
import { TunnelList } from './tunnel-list.tsx'

/** Everything that lives between hub and appliances. */
export function ExportsPage() {
  const [serving, setServing] = useFlag('serve')
  return (
    <>
      <PageHeader title="Exports & tunnels" lead="Every qemu-nbd and every SSH session of this hub that lives." />
      <ExportList onServe={() => setServing(true)} />
      <TunnelList />
      <ServeRestorePoint open={serving} onOpenChange={setServing} />
    </>
  )
}

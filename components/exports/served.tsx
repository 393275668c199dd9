'use client'

import { useMutation } from '@tanstack/react-query'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Command } from '#components/ui/command.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { ExportView } from '#contracts/views.ts'
import { nbdUrl } from './nbd-url.ts'

/** Where the disk is now, how to read it, how to end it. */
export function Served({ item, onDone }: { item: ExportView; onDone: () => void }) {
  const api = useTRPC()
  const stop = useMutation(api.exports.stop.mutationOptions({ onSuccess: onDone }))
  const url = nbdUrl(item)
  return (
    <div className="grid gap-4" data-testid="served">
      <p role="status">
        <Status tone="ok" label="It is served, read-only." wrap />
      </p>
      {item.notice !== null && (
        <Notice tone="warn" title="Not a sound restore point">
          {item.notice} What is read from it may not be what was backed up.
        </Notice>
      )}
      {stop.error && <ProblemPanel problem={problemOf(stop.error)} title="Not stopped" />}
      <section>
        <h3 className="mb-1.5 font-medium">Its address, on the hub</h3>
        <Command text={url} label="Copy the address" />
      </section>
      <section>
        <h3 className="mb-1.5 font-medium">For example, the whole disk into a file</h3>
        <Command text={`qemu-img convert -p -f raw -O raw '${url}' disk-restored.raw`} />
      </section>
      <section>
        <h3 className="mb-1.5 font-medium">From another machine, while this runs there</h3>
        <Command text={`ssh -N -L ${item.port}:127.0.0.1:${item.port} ${location.hostname}`} />
      </section>
      <p className="text-muted">
        It stays until it is stopped: here, or by “Stop” in its row on this page. While it is there, every program of
        the hub’s own machine can read it.
      </p>
      <DialogActions>
        <Button rule="restore" look="danger" busy={stop.isPending} onClick={() => stop.mutate({ id: item.id })}>
          {stop.isPending ? 'Stopping…' : 'Stop serving'}
        </Button>
        <Button look="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </div>
  )
}

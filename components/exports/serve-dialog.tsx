'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { parseAsString, useQueryStates } from 'nuqs'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { SelectField } from '#components/ui/field.tsx'
import { Loaded } from '#components/ui/loaded.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'
import { standingLabels } from '#contracts/standing.ts'
import type { VmSummary } from '#contracts/views.ts'
import { formatBytes } from '#lib/format/bytes.ts'
import { formatTime } from '#lib/format/duration.ts'
import { Served } from './served.tsx'

const choice = { vm: parseAsString, point: parseAsString, disk: parseAsString }

/** Chooses a disk of a restore point and serves it read-only: `?serve=1&vm=…&point=…&disk=…`. */
export function ServeRestorePoint({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const api = useTRPC()
  const [, choose] = useQueryStates(choice)
  const vms = useQuery({ ...api.vms.list.queryOptions(), enabled: open })
  const serve = useMutation(api.exports.start.mutationOptions())
  function change(next: boolean) {
    if (!next) {
      serve.reset()
      void choose(null)
    }
    onOpenChange(next)
  }
  return (
    <Dialog
      rule="restore"
      open={open}
      onOpenChange={change}
      title="Serve a restore point"
      description="One disk, as it was then, read-only, by NBD on the hub’s loopback. The restore point does not change."
      wide
    >
      {serve.data ? (
        <Served item={serve.data} onDone={() => change(false)} />
      ) : (
        <Loaded query={vms} skeleton={<Fields />}>
          {(list) => (
            <Choose
              vms={list.filter(({ newestPointAt }) => newestPointAt !== null)}
              problem={serve.error ? problemOf(serve.error) : null}
              busy={serve.isPending}
              onServe={(backupDiskId) => serve.mutate({ backupDiskId })}
            />
          )}
        </Loaded>
      )}
    </Dialog>
  )
}

function Fields() {
  return (
    <Waiting what="the restore points">
      <div className="grid gap-4">
        {['machine', 'point', 'disk'].map((name) => (
          <Skeleton key={name} className="h-9 w-full" />
        ))}
      </div>
    </Waiting>
  )
}

function Choose(props: {
  vms: readonly VmSummary[]
  problem: ReturnType<typeof problemOf> | null
  busy: boolean
  onServe: (backupDiskId: string) => void
}) {
  const api = useTRPC()
  const [chosen, choose] = useQueryStates(choice)
  const vm = props.vms.find(({ id }) => id === chosen.vm) ?? props.vms[0]
  const input = { vmId: vm?.id ?? '' }
  const points = useQuery({ ...api.backups.restorePoints.queryOptions(input), enabled: vm !== undefined })
  const point = points.data?.find(({ id }) => id === chosen.point) ?? points.data?.[0]
  const disk = point?.disks.find(({ id }) => id === chosen.disk) ?? point?.disks[0]
  if (vm === undefined) return <p>There is no restore point yet: back a virtual machine up first.</p>
  return (
    <form
      method="post"
      onSubmit={(event) => {
        event.preventDefault()
        if (disk) props.onServe(disk.id)
      }}
    >
      {props.problem && <ProblemPanel problem={props.problem} title="Not served" />}
      <SelectField
        name="serve-vm"
        label="Virtual machine"
        value={vm.id}
        onChange={(event) => void choose({ vm: event.target.value, point: null, disk: null })}
      >
        {props.vms.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      {points.error ? (
        <ProblemPanel problem={problemOf(points.error)} title="Its restore points could not be read" />
      ) : (
        <>
          <SelectField
            name="serve-point"
            label="Restore point"
            value={point?.id ?? ''}
            disabled={!point}
            onChange={(event) => void choose({ point: event.target.value, disk: null })}
          >
            {points.data?.map(({ id, takenAt, repositoryName, standing }) => (
              <option key={id} value={id}>
                {`${formatTime(takenAt, 'local')} · ${standingLabels[standing]} · ${repositoryName} · ${id}`}
              </option>
            ))}
          </SelectField>
          <SelectField
            name="serve-disk"
            label="Disk"
            value={disk?.id ?? ''}
            disabled={!disk}
            onChange={(event) => void choose({ disk: event.target.value })}
          >
            {point?.disks.map(({ id, key, sizeBytes }) => (
              <option key={id} value={id}>
                {`${key} · ${formatBytes(sizeBytes)}`}
              </option>
            ))}
          </SelectField>
        </>
      )}
      <DialogActions>
        <Button look="primary" type="submit" busy={props.busy} disabled={!disk}>
          {props.busy ? 'Starting…' : 'Serve read-only'}
        </Button>
      </DialogActions>
    </form>
  )
}

'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { ChevronRight, Download, LifeBuoy } from 'lucide-react'
import { memo, useState } from 'react'
import { Bytes } from '#components/format/byte-count.tsx'
import { useTRPC } from '#components/trpc/client.tsx'
import { problemOf } from '#components/trpc/problem.ts'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { DialogActions } from '#components/ui/dialog-actions.tsx'
import { ProblemPanel } from '#components/ui/problem-panel.tsx'
import { Status } from '#components/ui/status.tsx'
import type { SupportBundle as Bundle, SupportFile } from '#contracts/support.ts'

/** Collects a support bundle, shows all that is in it, then saves that very one. @param jobId  with one backup whole */
export const SupportBundle = memo(function SupportBundle({ jobId }: { jobId?: string }) {
  const api = useTRPC()
  const [open, setOpen] = useState(false)
  const prepare = useMutation(api.support.prepare.mutationOptions())
  const begin = () => {
    setOpen(true)
    prepare.mutate({ jobId })
  }
  return (
    <>
      <Button rule="manage" icon={<LifeBuoy aria-hidden="true" />} onClick={begin}>
        Support bundle
      </Button>
      <Dialog
        wide
        open={open}
        onOpenChange={setOpen}
        title="Support bundle"
        description="Everything that helps to find a fault, in one archive. Look at it first: nothing is sent anywhere."
      >
        {prepare.isPending && (
          <p role="status">
            <Status tone="busy" label="Collecting…" />
          </p>
        )}
        {prepare.error && (
          <ProblemPanel
            problem={problemOf(prepare.error)}
            title="Not collected"
            actions={<Button onClick={begin}>Try again</Button>}
          />
        )}
        {prepare.data && !prepare.isPending && <Contents bundle={prepare.data} onAgain={begin} />}
      </Dialog>
    </>
  )
})

function Contents({ bundle, onAgain }: { bundle: Bundle; onAgain: () => void }) {
  const { files, missing, id, fileName, sizeBytes } = bundle
  const redacted = files.reduce((sum, file) => sum + file.redacted, 0)
  return (
    <>
      <p role="status">
        {files.length} files, <Bytes value={sizeBytes} /> before they are packed.{' '}
        {redacted === 1 ? '1 secret or address was' : `${redacted} secrets and addresses were`} taken out: passwords,
        tokens, keys, cookies, sign-in links, e-mail addresses. Names of machines, paths and addresses of computers
        stay.
      </p>
      <ul
        className="mt-3 max-h-[45dvh] divide-y divide-line overflow-y-auto rounded-lg border border-line bg-surface"
        data-testid="support-files"
      >
        {files.map((file) => (
          <li key={file.name}>
            <File bundleId={id} file={file} />
          </li>
        ))}
      </ul>
      {missing.length > 0 && (
        <div className="mt-3">
          <Status tone="warn" label="Could not be had" />
          <ul className="mt-1 list-disc ps-5">
            {missing.map(({ what, why }) => (
              <li key={what} className="[overflow-wrap:anywhere]">
                <code className="font-mono text-code">{what}</code>: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
      <DialogActions>
        <Button onClick={onAgain}>Collect again</Button>
        <a className={buttonClass('primary')} href={`/api/v1/support/${id}`} download={fileName}>
          <Download aria-hidden="true" />
          Save the archive
        </a>
      </DialogActions>
    </>
  )
}

function File({ bundleId, file }: { bundleId: string; file: SupportFile }) {
  const [open, setOpen] = useState(false)
  return (
    <details className="group" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="grid grid-cols-[auto_1fr_auto] items-baseline gap-x-2 px-3 py-1.5 hover:bg-hover">
        <ChevronRight
          className="mt-0.5 size-4 self-start motion-safe:transition-transform group-open:rotate-90"
          aria-hidden="true"
        />
        <span className="min-w-0 [overflow-wrap:anywhere]">
          <code className="font-mono text-code">{file.name}</code>{' '}
          <span className="text-muted max-sm:block">{file.about}</span>
        </span>
        <span className="whitespace-nowrap text-muted tabular-nums">
          {file.redacted > 0 && `${file.redacted} taken out, `}
          <Bytes value={file.sizeBytes} />
        </span>
      </summary>
      {open && <Preview bundleId={bundleId} name={file.name} />}
    </details>
  )
}

function Preview({ bundleId, name }: { bundleId: string; name: string }) {
  const api = useTRPC()
  const { data, error } = useQuery(api.support.file.queryOptions({ id: bundleId, name }, { staleTime: Infinity }))
  if (error)
    return (
      <div className="px-3 pb-2 [&>*]:mb-0">
        <ProblemPanel problem={problemOf(error)} title="Cannot be shown" />
      </div>
    )
  if (!data)
    return (
      <p role="status" className="px-3 pb-2 text-muted">
        Reading…
      </p>
    )
  return (
    <section aria-label={`Content of ${name}`} className="px-3 pb-2">
      <pre
        className="max-h-72 overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-2 font-mono text-code [overflow-wrap:anywhere]"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        tabIndex={0}
      >
        {data.text === '' ? 'It is empty.' : data.text}
      </pre>
      {data.cut && <p className="mt-1 text-muted text-xs">The rest is in the archive.</p>}
    </section>
  )
}

import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'

/** The backup's page on its way: head, state, two disks. */
export function BackupSkeleton() {
  return (
    <Waiting what="the backup">
      <Skeleton className="mb-2 h-7 w-72" />
      <Skeleton className="mb-5 w-56" />
      <div className="mb-7 grid gap-4 rounded-lg border border-line bg-surface p-4">
        <Skeleton className="h-6 w-3/5" />
        <Skeleton className="h-1.5 w-full" />
        <Skeleton className="h-10 w-full" />
      </div>
      <div className="grid gap-3 xl:grid-cols-2">
        {[1, 2].map((card) => (
          <div key={card} className="grid h-80 content-start gap-3 rounded-lg border border-line bg-surface p-4">
            <Skeleton className="w-1/3" />
            <Skeleton className="h-44 w-full" />
            <Skeleton className="w-1/2" />
          </div>
        ))}
      </div>
    </Waiting>
  )
}

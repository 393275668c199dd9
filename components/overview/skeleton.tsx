import { Skeleton, Waiting } from '#components/ui/skeleton.tsx'

const frame = 'mb-7 grid gap-3 rounded-lg border border-line bg-surface px-4 py-4'

/** The shape of the overview: the sentence, what runs, two lists side by side. */
export function OverviewSkeleton() {
  return (
    <Waiting what="how things are">
      <div className={frame}>
        <Skeleton className="h-5 w-2/3" />
        <Skeleton className="w-1/3" />
      </div>
      <Skeleton className="mb-3 w-32" />
      <div className={frame}>
        <Skeleton className="w-1/2" />
      </div>
      <div className="grid gap-x-6 lg:grid-cols-2">
        {['capacity', 'appliances'].map((part) => (
          <div key={part}>
            <Skeleton className="mb-3 w-32" />
            <div className={frame}>
              <Skeleton className="w-1/3" />
              <Skeleton className="w-full" />
            </div>
          </div>
        ))}
      </div>
    </Waiting>
  )
}

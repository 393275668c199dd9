/** The mark: two disks joined by a line through which data flows. */
export function Brand() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold text-base tracking-tight">
      <svg viewBox="0 0 24 24" className="size-5 text-accent" aria-hidden="true">
        <path
          d="M4 6.5c0-1.7 2.2-3 5-3s5 1.300 5 3-2.200 3-5 3-5-1.300-5-3Zm0 0v5.500"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
        <path
          d="M10 17.500c0-1.700 2.200-3 5-3s5 1.300 5 3-2.200 3-5 3-5-1.300-5-3Zm10 0V12"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
        <path
          d="M4 12c0 3.500 2.500 5.500 6 5.500M20 12c0-3.500-2.500-5.500-6-5.500"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          opacity=".45"
        />
      </svg>
      Sendense
    </span>
  )
}

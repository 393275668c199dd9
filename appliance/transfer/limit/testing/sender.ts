import { jobLimiter } from '../job-limiter.ts'

// Sends nothing, as fast as the limit of the file lets it, and tells its parent ten times a second.
const REQUEST = 256 * 1024
const end = new AbortController()
process.once('disconnect', () => process.exit(0))
using limiter = jobLimiter(process.argv[2] ?? '', end.signal)
let bytes = 0
setInterval(() => process.send?.({ bytes, share: limiter.bytesPerSecond }), 100)
for (;;) {
  await limiter.take(REQUEST)
  bytes += REQUEST
  // Without a limit nothing else would get its turn.
  if (limiter.bytesPerSecond === null) await new Promise((resolve) => setTimeout(resolve, 5))
}

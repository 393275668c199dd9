import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from './failure.ts'

export interface Limits {
  /**
   * Counts one request of whoever asks.
   * @returns headers for the answer
   * @throws Refusal 429 with Retry-After, in seconds
   */
  take(owner: string): Promise<Record<string, string>>
}

/** So many requests a minute for each person or token, in this process. */
export function createLimits(perMinute: number): Limits {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  const headersOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes) => ({
    'ratelimit-limit': String(perMinute),
    'ratelimit-remaining': String(Math.max(0, remainingPoints)),
    'ratelimit-reset': String(Math.ceil(msBeforeNext / 1000)),
  })
  return {
    async take(owner) {
      try {
        return headersOf(await limiter.consume(owner))
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
        const happened = `More than ${perMinute} requests came within a minute.`
        const remedy = `Wait ${seconds} s. To follow what happens, keep one stream of GET /api/v1/events open instead of asking again and again.`
        const headers = { ...headersOf(refused), 'retry-after': String(seconds) }
        throw new Refusal(429, { code: 'busy', happened, safe: 'Nothing was changed.', remedy }, headers)
      }
    },
  }
}

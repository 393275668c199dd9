import { challengeRequestSchema } from '#contracts/enrolment.ts'
import { enrol } from '#server/web/enrol.ts'

export const dynamic = 'force-dynamic'

/** Who holds an open code asks the hub to prove itself: contracts/enrolment.ts. */
export async function POST(request: Request): Promise<Response> {
  return enrol(request, challengeRequestSchema, (door, input, address) => door.challenge(input, address))
}

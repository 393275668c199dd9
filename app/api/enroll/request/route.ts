import { enrolmentRequestSchema } from '#contracts/enrolment.ts'
import { enrol } from '#server/web/enrol.ts'

export const dynamic = 'force-dynamic'

/** An appliance says who it is and uses its code up: contracts/enrolment.ts. */
export async function POST(request: Request): Promise<Response> {
  return enrol(request, enrolmentRequestSchema, (door, input, address) => door.request(input, address))
}

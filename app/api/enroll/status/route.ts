import { statusRequestSchema } from '#contracts/enrolment.ts'
import { enrol } from '#server/web/enrol.ts'

export const dynamic = 'force-dynamic'

/** What became of a request; once it is approved, what the appliance must be told: contracts/enrolment.ts. */
export async function POST(request: Request): Promise<Response> {
  return enrol(request, statusRequestSchema, (door, input, address) => door.status(input, address))
}

import { z } from 'zod'
import { diskStates, jobStates } from './job-states.ts'

export * from './job-states.ts'

export const jobStateSchema = z.enum(jobStates)
export const diskStateSchema = z.enum(diskStates)

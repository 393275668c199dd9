import type { z } from 'zod'
import type { HubEvent } from '#contracts/events.ts'
import type { HubServices } from '../services/api.ts'
import type { AppRouter, createCaller } from '../trpc/routers/_app.ts'

export type Caller = ReturnType<typeof createCaller>
export type ProcedureName = keyof AppRouter['_def']['procedures'] extends infer Noun extends string
  ? {
      [N in Noun]: `${N}.${keyof AppRouter['_def']['procedures'][N & keyof AppRouter['_def']['procedures']] & string}`
    }[Noun]
  : never

/** Groups of operations, with what they are about. */
export const tags = {
  Backups: 'One backup is one restore point of one machine, all its disks, from the moment it is asked for.',
  'Virtual machines': 'Machines as their appliances list them, and the restore points of each.',
  Checks: 'Whether a backup would work, tried through the real tunnel.',
  Repositories: 'Directories on the hub that backups are kept in.',
  Appliances: 'Programs near the hypervisors that read the disks, and the SSH sessions they hold.',
  Exports: 'Images that the hub serves over NBD.',
  Events: 'What happens, as it happens.',
  Hub: 'The hub itself.',
} as const
export type Tag = keyof typeof tags

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What an operation works with besides its input. */
export interface Work {
  /** The procedures of tRPC, as whoever asks: their rules, errors and schemas are those of REST. */
  call: Caller
  /** Every event after the cursor, then each new one: the procedure `events.subscribe`, until the signal aborts. */
  follow(after: string | undefined, signal: AbortSignal): AsyncIterable<HubEvent>
  /** For what no procedure answers (a file): the rule of `procedure` was looked at before. */
  services: HubServices
  /** Aborts when the asker has gone. */
  signal: AbortSignal
  headers: Headers
  /** OpenAPI of all operations. */
  document(): object
}

interface Common {
  /** `operationId`, and the name of a generated client's function. */
  id: string
  method: Method
  /** Under `/api/v1`, parameters in braces. */
  path: `/${string}`
  tag: Tag
  /** Up to one line. */
  summary: string
  /** What the summary leaves out. */
  description: string
  /** Its rule decides who may. */
  procedure: ProcedureName
  /** Database tables it reads, and writes. */
  reads: readonly string[]
  writes: readonly string[]
  /** Status of the answer when all goes well. */
  status: 200 | 201 | 202 | 204
  /** Another status by the answer itself (health that is not). */
  otherwise?: { status: 503; when(answer: unknown): boolean }
  /** How it answers. `json`: by `answer`. */
  kind: 'json' | 'events' | 'file'
  /** What a problem can be, besides what every operation can answer. */
  problems: readonly number[]
}

/** One operation, with its input's types known. */
export interface OperationOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>
  extends Partial<Common> {
  id: string
  method: Method
  path: `/${string}`
  tag: Tag
  summary: string
  procedure: ProcedureName
  params?: P
  query?: Q
  body?: B
  /** In camelCase; it leaves in snake_case. */
  answer?: A
  /** Where what was made can be asked for, under `/api/v1`. */
  location?(answer: z.infer<A>): string
  run(
    input: { params: z.infer<P>; query: z.infer<Q>; body: z.infer<B> },
    work: Work,
  ): Promise<z.infer<A> | Response | undefined>
}

/** One operation as dispatcher, document and docs see it. */
export interface Operation extends Common {
  params: z.ZodType | null
  query: z.ZodType | null
  body: z.ZodType | null
  answer: z.ZodType | null
  location: ((answer: never) => string) | null
  run(input: { params: never; query: never; body: never }, work: Work): Promise<unknown>
}

/** Takes an operation into the table, with what most of them have. */
export function operation<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  given: OperationOf<P, Q, B, A>,
): Operation {
  return {
    description: '',
    reads: [],
    writes: [],
    status: 200,
    kind: 'json',
    problems: [],
    ...given,
    params: given.params ?? null,
    query: given.query ?? null,
    body: given.body ?? null,
    answer: given.answer ?? null,
    location: given.location ?? null,
  }
}

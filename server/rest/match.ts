import type { Method, Operation } from './operation.ts'

export type Match =
  | { kind: 'found'; operation: Operation; params: Record<string, string> }
  /** The path is there, but not for this method. */
  | { kind: 'method'; allow: string[] }
  | { kind: 'none' }

/** The value of a path parameter; null when it is no readable text. */
function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    const value = decoded(segment)
    if (name === undefined ? part !== segment : value === null || value === '') return null
    if (name !== undefined && value !== null) params[name] = value
  }
  return params
}

/** Methods of a path, with what HTTP gives to each that can be read. */
function allowed(methods: readonly Method[]): string[] {
  return [...(methods.includes('GET') ? ['GET', 'HEAD'] : []), ...methods.filter((each) => each !== 'GET'), 'OPTIONS']
}

/** The operation of a request. HEAD asks as GET does. @param path  under `/api/v1`, as it was sent */
export function match(operations: readonly Operation[], method: string, path: string): Match {
  const here = operations.flatMap((operation) => {
    const params = paramsOf(operation.path, path)
    return params ? [{ operation, params }] : []
  })
  if (here.length === 0) return { kind: 'none' }
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = here.find(({ operation }) => operation.method === wanted)
  if (found) return { kind: 'found', ...found }
  return { kind: 'method', allow: allowed(here.map(({ operation }) => operation.method)) }
}

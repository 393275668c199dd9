import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

interface Described {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>>
  components: { schemas: Record<string, object> }
}

export interface Said {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: whatever the operation answers; its schema was looked at
  body: any
}

export interface Ask {
  body?: object
  headers?: Record<string, string>
}

/** Which described path this is: parameters stand for one segment each. */
function pathOf(paths: readonly string[], pathname: string): string | undefined {
  const fits = (path: string) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname)
  return paths.find((path) => path === pathname) ?? paths.find(fits)
}

/**
 * REST as a program uses it, held against the hub's own description: a status, a media type or a field that is not
 * described fails. `used` holds the operations that answered well.
 */
export async function describedApi(base: string, headers: Record<string, string>) {
  const root = new URL('/api/v1', base).href
  const document = (await (await fetch(`${root}/openapi.json`, { headers })).json()) as Described
  const text = JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', 'schemas#/$defs/')
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'schemas', $defs: JSON.parse(text) })
  const used = new Set<string>()

  return {
    document,
    used,
    async ask(method: string, at: string, { body, headers: more = {} }: Ask = {}): Promise<Said> {
      const response = await fetch(root + at, {
        method,
        headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}), ...more },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const said = await response.text()
      const json = said === '' ? null : JSON.parse(said)
      const path = pathOf(Object.keys(document.paths), at.split('?')[0] ?? at)
      const operation = document.paths[path ?? '']?.[method.toLowerCase()]
      if (operation) {
        const described = operation.responses[response.status]
        expect(described, `${method} ${path} answers ${response.status}: ${said.slice(0, 500)}`).toBeDefined()
        const type = response.headers.get('content-type')?.split(';')[0] ?? ''
        if (json !== null) {
          const schema = described?.content?.[type]?.schema
          expect(schema, `${method} ${path} ${response.status} ${type}`).toBeDefined()
          const resolved = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'schemas#/$defs/'))
          const validate = ajv.compile(resolved)
          expect(validate(json) ? [] : validate.errors, `${method} ${path} ${said.slice(0, 800)}`).toEqual([])
        }
        if (response.ok) used.add(`${method} ${path}`)
      }
      return { status: response.status, headers: response.headers, body: json }
    },
  }
}

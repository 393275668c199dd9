/** REST writes names as `snake_case`; the rest of the product writes them as `camelCase`. */
export const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A JSON value with every key in snake_case. Keys are names of fields here, never data. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeKeys(inner)]))
}

/** Words of JSON Schema whose value is data, not a schema. */
const data = new Set(['enum', 'const', 'default', 'examples', 'example'])

/** A JSON Schema of such a value: the names of its properties, and of those that are required. */
export function snakeSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(snakeSchema)
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, inner]) => {
      if (key === 'properties')
        return [
          key,
          Object.fromEntries(Object.entries(inner).map(([name, each]) => [snakeCase(name), snakeSchema(each)])),
        ]
      if (key === 'required' && Array.isArray(inner)) return [key, inner.map((name) => snakeCase(String(name)))]
      return [key, data.has(key) ? inner : snakeSchema(inner)]
    }),
  )
}

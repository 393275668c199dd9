export interface Table {
  name: string
  /** `vmId → virtual_machines.id` */
  relations: string[]
}

/** Tables of a Prisma schema with what they refer to. */
export function readTables(schema: string): Table[] {
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, model = '', body = '']) => ({
    model,
    name: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? model,
    body,
  }))
  const nameOf = (model: string) => models.find((each) => each.model === model)?.name ?? model
  return models.map(({ name, body }) => ({
    name,
    relations: [...body.matchAll(/^\s+\w+\s+(\w+)\??\s+@relation\(fields: \[(\w+)\], references: \[(\w+)\]/gm)].map(
      ([, model = '', field = '', target = '']) => `${field} → ${nameOf(model)}.${target}`,
    ),
  }))
}

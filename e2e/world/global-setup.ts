import type { TestProject } from 'vitest/node'
import { startTestPostgres } from './postgres.ts'

/** One PostgreSQL for the whole run of project "integration"; each test takes a database of its own from it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestPostgres()
  project.provide('postgres', { adminUrl: server.adminUrl, template: server.template })
  return async () => server[Symbol.asyncDispose]()
}

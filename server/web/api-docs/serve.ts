import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { failure } from '#server/rest/failure.ts'
import { viewerPolicy } from '../security-headers.ts'

const vendor = 'node_modules/swagger-ui-dist'
const own = 'server/web/api-docs'

/** All that there is, by the name that it is asked for. */
const files: Readonly<Record<string, { at: string; type: string }>> = {
  '': { at: `${own}/page.html`, type: 'text/html' },
  'look.css': { at: `${own}/look.css`, type: 'text/css' },
  'start.js': { at: `${own}/start.js`, type: 'text/javascript' },
  'swagger-ui.css': { at: `${vendor}/swagger-ui.css`, type: 'text/css' },
  'swagger-ui-bundle.js': { at: `${vendor}/swagger-ui-bundle.js`, type: 'text/javascript' },
}

/** One file of the viewer (Swagger UI, from our own server). It asks for /api/v1/openapi.json as whoever looks at it. */
export async function apiDocs(name: string): Promise<Response> {
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  if (!file) return failure(404, { code: 'not_found', happened: 'The API’s pages have no such file.' })
  const content = await readFile(path.join(process.cwd(), file.at))
  return new Response(content, {
    headers: {
      'content-type': `${file.type}; charset=utf-8`,
      'content-security-policy': viewerPolicy,
      'cache-control': 'private, max-age=300',
    },
  })
}

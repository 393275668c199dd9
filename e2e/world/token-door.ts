import http from 'node:http'

/**
 * A door in front of the hub that knows one token and stands for one person: what comes with the token goes on with that person's
 * session. For programs that only know tokens, where the hub under test gives none out.
 */
export async function tokenDoor(
  hub: string,
  token: string,
  session: Record<string, string>,
): Promise<{ url: string } & AsyncDisposable> {
  const server = http.createServer((request, response) => {
    const { authorization, ...headers } = request.headers
    if (authorization !== `Bearer ${token}`) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}')
      return
    }
    const { host, pathname, search } = new URL(request.url ?? '/', hub)
    const on = http.request(new URL(pathname + search, hub), { method: request.method ?? 'GET', headers: { ...headers, ...session, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    on.on('error', () => response.destroy())
    response.on('close', () => on.destroy())
    request.pipe(on)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

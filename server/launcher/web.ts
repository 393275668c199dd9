import { access } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { ProblemError } from '#contracts/problem.ts'

/** The words that start the dashboard. */
export function webArgs(root: string, http: { host: string; port: number }, dev: boolean): string[] {
  const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  return [next, dev ? 'dev' : 'start', '-H', http.host, '-p', String(http.port)]
}

/** @throws ProblemError when the dashboard was never built */
export async function assertBuilt(root: string): Promise<void> {
  await access(path.join(root, '.next', 'BUILD_ID')).catch(() => {
    throw new ProblemError({
      code: 'unavailable',
      happened: 'The dashboard is not built yet.',
      safe: 'Nothing was started.',
      remedy: 'Run npm run build once, then npm start. (npm run demo does both.)',
    })
  })
}

/**
 * Says a taken port by name, where the web server would only end again and again.
 * @throws ProblemError when the kernel does not give the port
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const probe = net.createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new ProblemError({
          code: 'conflict',
          happened:
            error.code === 'EADDRINUSE'
              ? `The dashboard's port ${port} on ${host} is taken by another program.`
              : `The dashboard cannot listen on ${host}:${port} (${error.code}).`,
          safe: 'Nothing was started.',
          remedy: `See who has it: ss -ltnp 'sport = :${port}'. Or choose another: SENDENSE_HTTP_PORT=${port + 1}`,
        }),
      )
    })
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  })
}

/**
 * Aborts, with the signal's name as the reason, when this process is asked to end (SIGTERM or SIGINT); more signals change nothing.
 *
 * The listeners stay. One that takes itself away (`once`) makes signal-exit, which execa uses while a program runs, believe that nobody
 * listens: it sends the signal to this process again, which then dies at once and leaves everything as it stands.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => controller.abort(`${name} received`))
  return controller.signal
}

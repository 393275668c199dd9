import { once } from 'node:events'
import { connect } from 'node:net'
import type { ApplianceConfig } from '../config.ts'
import type { Hello } from '../local-api.ts'
import { type Finding, failed, notApplicable, passed } from './report.ts'

const WITHIN_MS = 5000
/** Times in logs of both sides are compared by people, and certificates by programs. */
const CLOCK_OFF_MS = 5000

/** Something that speaks SSH listens where the tunnel is to dial. */
export async function checkHubPort({ hub }: ApplianceConfig): Promise<Finding> {
  if (!hub) return failed('hub', 'none is in the settings', 'Join one: "sendense-appliance enroll --hub URL".')
  const where = `${hub.sshHost}:${hub.sshPort}`
  const socket = connect({ host: hub.sshHost, port: hub.sshPort })
  try {
    const [banner] = (await once(socket, 'data', { signal: AbortSignal.timeout(WITHIN_MS) })) as [Buffer]
    if (banner.toString('latin1').startsWith('SSH-2.0-')) return passed('hub', `SSH answers at ${where}`)
    return failed('hub', `what answers at ${where} is no SSH server`, 'Correct "hub" in the settings, or enrol again.')
  } catch (error) {
    const why = (error as Error).name === 'AbortError' ? 'no answer within 5 s' : (error as Error).message
    return failed(
      'hub',
      `${where}: ${why}`,
      'See that the hub runs, and that the network and its firewall let this port through.',
    )
  } finally {
    socket.destroy()
  }
}

/** What the running appliance says of its tunnel. */
export function checkTunnel(config: ApplianceConfig, hello: Hello | null): Finding {
  if (!config.hub) return notApplicable('tunnel', 'there is no hub to dial')
  if (!hello) return failed('tunnel', 'the appliance does not run', 'systemctl enable --now sendense-appliance')
  const { state, since, lastError } = hello.tunnel
  if (state === 'connected') return passed('tunnel', `stands since ${since}`)
  const remedy = /refused the appliance's key/.test(lastError ?? '')
    ? 'Its key is not let in: see the hub’s page Appliances (paused or revoked), or enrol again.'
    : 'It dials again by itself. If it stays so, mend what the last error says.'
  return failed('tunnel', `${state} since ${since}${lastError ? `; ${lastError}` : ''}`, remedy)
}

/** This computer's clock beside the hub's, by the second that its web server sends along. */
export async function checkClock({ hubUrl }: ApplianceConfig, now = Date.now): Promise<Finding> {
  if (hubUrl === null)
    return notApplicable('clock', 'the hub’s web address is not known: it was not joined by a pairing code')
  const sent = now()
  const response = await fetch(new URL('/api/health', hubUrl), { signal: AbortSignal.timeout(WITHIN_MS) }).catch(
    () => null,
  )
  const theirs = Date.parse(response?.headers.get('date') ?? '')
  if (Number.isNaN(theirs)) return notApplicable('clock', `${hubUrl} does not tell its time`)
  const offMs = Math.round((sent + now()) / 2 - theirs)
  const words = `${Math.abs(offMs) < 1500 ? 'agrees with' : `${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'}`} the hub's`
  if (Math.abs(offMs) < CLOCK_OFF_MS) return passed('clock', words)
  return failed('clock', words, 'Let both computers keep time: timedatectl set-ntp true')
}

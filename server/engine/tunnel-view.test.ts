import { expect, it } from 'vitest'
import { toTunnelView } from './tunnel-view.ts'

const since = new Date('2026-11-23T10:00:00Z')
const session = { pid: 7, start: 'boot:123', peer: '10.0.0.1:4000', since, listenPorts: [] }
const owners = {
  appliances: [{ id: 'a', name: 'node-1', fingerprint: 'SHA256:a' }],
  jobs: [{ id: 'j', applianceId: 'a', backupId: 'backup-x-1759901304', fingerprint: 'SHA256:j' }],
}

it('knows an appliance and a job by their keys', () => {
  expect(toTunnelView({ ...session, fingerprint: 'SHA256:a' }, owners)).toMatchObject({
    id: '7-123',
    kind: 'control',
    applianceName: 'node-1',
    jobId: null,
  })
  expect(toTunnelView({ ...session, fingerprint: 'SHA256:j' }, owners)).toMatchObject({
    kind: 'data',
    applianceId: 'a',
    backupId: 'backup-x-1759901304',
  })
})

it('never takes a session for somebody’s when the log does not name its key, or the key is nobody’s', () => {
  const nobody = { applianceId: null, applianceName: null, jobId: null, backupId: null }
  expect(toTunnelView({ ...session, fingerprint: 'unknown' }, owners)).toMatchObject({
    kind: 'unknown',
    fingerprint: null,
    ...nobody,
  })
  expect(toTunnelView({ ...session, fingerprint: 'SHA256:gone' }, owners)).toMatchObject({
    kind: 'unknown',
    fingerprint: 'SHA256:gone',
    ...nobody,
  })
})

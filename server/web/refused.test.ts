import { expect, it } from 'vitest'
import { operations } from '../rest/operations.ts'
import { testAskers } from '../testing/askers.ts'
import { refusedNote } from './refused.ts'

const who = { identity: testAskers.find(({ label }) => label === 'viewer')?.identity ?? null, address: '192.0.2.7' }
const note = (method: string, pathname: string) => refusedNote(operations, { method, pathname }, who)

it('what somebody known may not do over REST stands in the trail under the name of its procedure', () => {
  expect(note('DELETE', '/api/v1/repositories/x')).toMatchObject({
    ...{ userId: who.identity?.userId, via: 'session', address: '192.0.2.7' },
    ...{ action: 'repositories.remove', target: { id: 'x' }, outcome: 'refused', code: 'forbidden' },
  })
  expect(note('POST', '/api/v1/backups')).toMatchObject({ action: 'backups.start', target: null })
})

it.each([
  ['GET', '/api/v1/support/x'],
  ['POST', '/api/v1/nothing'],
  ['POST', '/api/trpc/backups.start'],
])('%s %s writes nothing', (...asked) => expect(note(...asked)).toBeNull())

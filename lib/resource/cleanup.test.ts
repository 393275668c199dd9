import { expect, test } from 'vitest'
import { CleanupList } from './cleanup.ts'

test('every step runs in reverse order, and each says how it went', async () => {
  const list = new CleanupList()
  const ran: string[] = []
  for (const step of ['a', 'b', 'c'])
    list.add(step, async () => {
      ran.push(step)
      if (step === 'b') throw new Error('no')
      return step === 'c' ? 'forced' : undefined
    })
  expect(await list.run()).toEqual([
    { step: 'c', ok: true, detail: 'forced' },
    { step: 'b', ok: false, detail: 'no' },
    { step: 'a', ok: true, detail: null },
  ])
  expect(ran).toEqual(['c', 'b', 'a'])
  expect(await list.run()).toEqual([])
})

import { expect, it } from 'vitest'
import { shared } from './shared.ts'

it('asks once for all who come in time, again afterwards, and again after a failure', async () => {
  let time = 0
  let asked = 0
  let fails = false
  const read = shared(
    async () => {
      asked++
      if (fails) throw new Error('no')
      return asked
    },
    900,
    () => time,
  )
  expect(await Promise.all([read(), read()])).toEqual([1, 1])
  time = 899
  expect(await read()).toBe(1)
  time = 900
  fails = true
  await expect(read()).rejects.toThrow('no')
  fails = false
  expect(await read()).toBe(3)
})

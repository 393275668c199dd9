import { expect, test } from 'vitest'
import { fileOf, shotsOf } from './shots.ts'

test('every page has a picture in both themes, some for phones too, each under a name of its own', () => {
  expect(shotsOf('vms').map(fileOf)).toEqual(['vms-light.png', 'vms-dark.png'])
  expect(shotsOf('overview').map(fileOf)).toEqual([
    'overview-light.png',
    'overview-dark.png',
    'overview-phone-light.png',
    'overview-phone-dark.png',
  ])
})

import { describe, expect, it } from 'vitest'
import { agentWords } from './words.ts'

describe('what a browser is called', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36',
      'Chrome 156 on Linux',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0', 'Edge 150 on Windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140 on macOS'],
    ['curl/8.0', 'curl/8.0'],
    ['', 'A program that does not say what it is'],
    [null, 'A program that does not say what it is'],
  ])('%s', (agent, words) => expect(agentWords(agent)).toBe(words))
})

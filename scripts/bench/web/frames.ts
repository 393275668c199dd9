import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext } from '@playwright/test'
import { isLive, nameOf } from './visits.ts'

export const frameHeads = 'page                  frames/s  worst frame  main thread  JS heap  tab (PSS)'

/** Frames that the page draws within so many milliseconds, and the longest wait between two. */
async function countFrames(ms: number): Promise<{ frames: number; worst: number }> {
  return new Promise((resolve) => {
    const began = performance.now()
    let last = began
    let frames = 0
    let worst = 0
    const next = (now: number) => {
      worst = Math.max(worst, now - last)
      last = now
      frames++
      if (now - began < ms) requestAnimationFrame(next)
      else resolve({ frames: (frames * 1000) / (now - began), worst })
    }
    requestAnimationFrame(next)
  })
}

/** Proportional set size of the largest renderer, in MiB: the tab that is open, beside the browser's spare one. */
async function tabMib(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession()
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
  await devtools.detach()
  const sizes = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => {
        const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '')
        return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024
      }),
  )
  return Math.max(...sizes)
}

/** Watches a page while jobs run. @returns a line of the table */
export async function frames(browser: Browser, context: BrowserContext, url: string, place: string): Promise<string> {
  const page = await context.newPage()
  await page.goto(`${url}${place}`)
  await isLive(page)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  const metric = async (name: string) =>
    (await devtools.send('Performance.getMetrics')).metrics.find((each) => each.name === name)?.value ?? 0
  const [taskBefore, began] = [await metric('TaskDuration'), performance.now()]
  const counted = await page.evaluate(countFrames, 8000)
  const busy = ((await metric('TaskDuration')) - taskBefore) / ((performance.now() - began) / 1000)
  const heap = (await metric('JSHeapUsedSize')) / 1024 ** 2
  const tab = await tabMib(browser)
  await page.close()
  return [
    nameOf(place).padEnd(20),
    counted.frames.toFixed(0).padStart(9),
    `${counted.worst.toFixed(0)} ms`.padStart(12),
    `${(busy * 100).toFixed(0)} %`.padStart(12),
    `${heap.toFixed(0)} MiB`.padStart(8),
    `${tab.toFixed(0)} MiB`.padStart(10),
  ].join(' ')
}

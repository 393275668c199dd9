import { loadDialogs, loadNotices } from '#components/ui/later.ts'

export const loadPalette = () => import('./palette.tsx')

/** Fetches what no page waits for. Without the network it fails quietly: whoever asks for a part tries again. */
export async function loadLater(): Promise<void> {
  await Promise.allSettled([loadNotices(), loadDialogs(), loadPalette()])
}

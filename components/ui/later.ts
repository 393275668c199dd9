/**
 * What a page is complete without: not among the scripts that it waits for. It comes when it is asked for, or once the
 * page has nothing else to do (`components/shell/later.ts`), whichever is first.
 */
export const loadDialogs = () => import('./dialog-window.tsx')
export const loadNotices = () => import('./notices.tsx')

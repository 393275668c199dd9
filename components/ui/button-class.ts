import { cx } from './cx.ts'

export type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const looks: Record<Look, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border-line bg-surface text-text hover:bg-hover',
  quiet: 'border-transparent text-muted hover:bg-hover hover:text-text',
  danger: 'border-line bg-surface text-bad hover:bg-bad-soft hover:border-bad',
}

/** How a button looks; for links that stand among buttons, too. */
export const buttonClass = (look: Look = 'plain', off = false) =>
  cx(
    'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-3 font-medium motion-safe:transition-colors pointer-coarse:h-10 [&_svg]:size-4 [&_svg]:shrink-0',
    looks[look],
    off && 'cursor-not-allowed opacity-55',
  )

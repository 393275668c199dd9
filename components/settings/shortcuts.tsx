import { Card, Section } from '#components/ui/layout.tsx'

const shortcuts = [
  {
    keys: [
      ['Ctrl', 'K'],
      ['⌘', 'K'],
    ],
    does: 'Find a page, a virtual machine or an action',
  },
  { keys: [['↑'], ['↓']], does: 'Choose in what was found' },
  { keys: [['Enter']], does: 'Go there, or do it' },
  { keys: [['Esc']], does: 'Close what stands in front of the page' },
  { keys: [['Tab']], does: 'First on a page: skip to its content' },
]

/** What the keyboard does everywhere. */
export function Shortcuts() {
  return (
    <Section title="Keyboard">
      <Card>
        <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-6 gap-y-2">
          {shortcuts.map(({ keys, does }) => (
            <div key={does} className="contents">
              <dt className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
                {keys.map((chord, index) => (
                  <span key={chord.join()} className="inline-flex items-center gap-1">
                    {index > 0 && <span className="me-0.5 text-muted">or</span>}
                    {chord.map((key) => (
                      <kbd key={key} className="rounded border border-line bg-page px-1.5 font-sans text-xs leading-5">
                        {key}
                      </kbd>
                    ))}
                  </span>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </Section>
  )
}

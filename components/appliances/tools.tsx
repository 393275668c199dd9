import { Command } from '#components/ui/command.tsx'
import { Status } from '#components/ui/status.tsx'
import type { ApplianceView } from '#contracts/views.ts'
import { installCommand, packageOf } from './words.ts'

/** The tools an appliance found, with versions; what is missing says which package brings it. */
export function Tools({ tools }: { tools: ApplianceView['tools'] }) {
  if (tools.length === 0) return <p className="text-muted">Not known yet: it tells when it is connected.</p>
  const install = installCommand(tools)
  return (
    <>
      <ul className="flex flex-wrap gap-x-5 gap-y-1">
        {tools.map(({ name, version }) => (
          <li key={name} className="flex items-baseline gap-1.5">
            <code className="font-mono text-code">{name}</code>
            {version === null ? (
              <Status tone="bad" label={`missing, in ${packageOf(name) ?? 'a package of your system'}`} />
            ) : (
              <span className="text-muted tabular-nums">{version}</span>
            )}
          </li>
        ))}
      </ul>
      {install && (
        <div className="mt-2">
          <Command text={install} label="Copy the command that installs what is missing" />
        </div>
      )}
    </>
  )
}

'use client'

import { Command } from '#components/ui/command.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { type HubAddress, isGuessed, joinCommand, onlyFromHere, runCommand } from './words.ts'

/** What the appliance must be told, as commands. Shown only after a click, so the browser's address is known. */
export function TellIt({ hub }: { hub: HubAddress }) {
  return (
    <div className="grid gap-4" data-testid="tell-it">
      {onlyFromHere(hub) && (
        <Notice tone="warn" title={`The hub takes appliances only at ${hub.sshHost}`}>
          An appliance on another machine cannot dial there. Set SENDENSE_SSH_HOST to an address that it reaches, or to
          0.0.0.0, and restart the hub. If a router or a forward leads to it, set SENDENSE_PUBLIC_HOST to the address
          that appliances dial.
        </Notice>
      )}
      {isGuessed(hub) && (
        <Notice
          tone="unknown"
          title={`${location.hostname} is a guess: the name by which your browser reached the hub`}
        >
          If the appliance reaches the hub by another name or address, write that in its place; SENDENSE_PUBLIC_HOST
          sets it for good.
        </Notice>
      )}
      <Step title="On the appliance: say which hub to dial">
        <Command text={joinCommand(hub, location.hostname)} label="Copy the command that says which hub to dial" />
      </Step>
      <Step title="Start it, unless it runs already">
        <Command text={runCommand} label="Copy the command that starts it" />
      </Step>
      <p className="text-muted">
        It shows as online here within some seconds. If not: its log says why it cannot dial (address, port and firewall
        between the two).
      </p>
    </div>
  )
}

export function Step({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 font-medium">{title}</h3>
      {children}
    </section>
  )
}

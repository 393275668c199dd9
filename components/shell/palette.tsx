'use client'

import * as Radix from '@radix-ui/react-dialog'
import { Command } from 'cmdk'
import { type RefObject, useEffect, useState } from 'react'
import { useFocusBack } from '#components/ui/focus-back.ts'
import { type Entry, useEntries } from './palette-entries.ts'
import { findItems } from './palette-items.ts'

interface PaletteProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** What was typed before it was there: the first search. */
  typed: RefObject<string>
}

/** Every page, machine and action, from the keyboard. */
export function Palette({ open, onOpenChange, typed }: PaletteProps) {
  const focusBack = useFocusBack()
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[rgb(8_10_14/0.45)]" />
        <Radix.Content
          {...focusBack}
          aria-describedby={undefined}
          className="appear fixed top-[12vh] left-1/2 z-50 w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-raised focus:outline-none max-sm:top-3"
          data-testid="palette"
        >
          <Radix.Title className="sr-only">Search or jump to</Radix.Title>
          <Finder typed={typed} onDone={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

const groups = ['Pages', 'Actions', 'Virtual machines'] as const

function Finder({ typed, onDone }: { typed: RefObject<string>; onDone: () => void }) {
  const { entries, machines } = useEntries()
  const [query, setQuery] = useState(() => typed.current)
  useEffect(() => {
    typed.current = ''
  }, [typed])
  const found = findItems(entries, query)
  const none = found.length === 0 && machines !== 'reading'
  const run = (entry: Entry) => {
    onDone()
    entry.run()
  }
  return (
    <Command shouldFilter={false} label="Search or jump to" loop>
      <Command.Input
        value={query}
        onValueChange={setQuery}
        placeholder="Page, virtual machine or action"
        className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[min(26rem,60dvh)] overflow-y-auto overscroll-contain p-2">
        {groups.map((group) => (
          <Group key={group} group={group} found={found.filter((entry) => entry.group === group)} onRun={run} />
        ))}
      </Command.List>
      <p role="status" className={none ? 'px-4 pt-2 pb-5 text-center text-muted' : 'sr-only'}>
        {none && 'Nothing matches.'}
      </p>
      <div className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-line border-t px-4 py-2 text-muted text-xs">
        <Machines state={machines} query={query} />
        <p className="ms-auto flex gap-4 max-sm:hidden pointer-coarse:hidden" aria-hidden="true">
          <Key name="↑ ↓">choose</Key>
          <Key name="Enter">go</Key>
          <Key name="Esc">close</Key>
        </p>
      </div>
    </Command>
  )
}

function Group({ group, found, onRun }: { group: string; found: readonly Entry[]; onRun: (entry: Entry) => void }) {
  if (found.length === 0) return null
  return (
    <Command.Group
      heading={group}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs"
    >
      {found.map((entry) => (
        <Command.Item
          key={entry.id}
          value={entry.id}
          onSelect={() => onRun(entry)}
          className="flex min-h-8 cursor-default items-center gap-2.5 rounded-md border-transparent border-s-2 px-2 py-1 data-[selected=true]:border-accent data-[selected=true]:bg-accent-soft pointer-coarse:min-h-11"
        >
          <entry.icon className="size-4 shrink-0 text-muted" strokeWidth={1.75} aria-hidden="true" />
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{entry.label}</span>
          {entry.hint && <span className="max-w-40 shrink-0 truncate text-muted text-xs">{entry.hint}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  )
}

/** What there is to know of the machines that are not in the list. */
function Machines({ state, query }: { state: 'reading' | 'failed' | number; query: string }) {
  const words =
    state === 'reading'
      ? 'Reading the virtual machines…'
      : state === 'failed'
        ? 'The virtual machines could not be read.'
        : query.trim() === '' && state > 0
          ? `Type to find ${state === 1 ? 'the virtual machine' : `one of ${state} virtual machines`}.`
          : null
  return <p role="status">{words}</p>
}

function Key({ name, children }: { name: string; children: string }) {
  return (
    <span>
      <kbd className="rounded border border-line px-1 font-sans">{name}</kbd> {children}
    </span>
  )
}

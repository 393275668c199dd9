export interface Step {
  title: string
  hint: string
  href: string
  done: boolean
}

/** What a new hub still needs, in order. */
export function firstSteps(known: { repositories: number; appliances: number; vms: number; backups: number }): Step[] {
  return [
    { title: 'Administrator', hint: 'You are signed in.', href: '/settings', done: true },
    {
      title: 'Repository',
      hint: 'Add a directory to keep backups in.',
      href: '/repositories',
      done: known.repositories > 0,
    },
    { title: 'Appliance', hint: 'Register one near the hypervisor.', href: '/appliances', done: known.appliances > 0 },
    { title: 'Virtual machine', hint: 'An appliance that is online lists them.', href: '/vms', done: known.vms > 0 },
    { title: 'Backup', hint: 'Choose a machine and back it up.', href: '/vms', done: known.backups > 0 },
  ]
}

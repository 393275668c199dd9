import type { RuleName } from '#contracts/access.ts'

export interface Step {
  title: string
  /** What to do, or what there is. */
  hint: string
  href: string
  /** What the way there is called. */
  action: string
  done: boolean
  /** Who is led there. */
  rule: RuleName
}

interface Known {
  repositories: number
  appliances: number
  vms: number
  backups: number
}

/** What a new hub still needs, in order. */
export function firstSteps({ repositories, appliances, vms, backups }: Known): Step[] {
  return [
    {
      title: 'Administrator',
      hint: 'You are signed in.',
      href: '/settings',
      action: 'See your account',
      done: true,
      rule: 'read',
    },
    {
      title: 'Repository',
      hint: repositories > 0 ? `${repositories} added.` : 'A directory on the hub that keeps the backups.',
      href: '/repositories?add=1',
      action: 'Add a repository',
      done: repositories > 0,
      rule: 'manage',
    },
    {
      title: 'Appliance',
      hint:
        appliances > 0 ? `${appliances} let in.` : 'It reads the disks, near the hypervisor, and dials in to this hub.',
      href: '/appliances?add=1',
      action: 'Add an appliance',
      done: appliances > 0,
      rule: 'manage',
    },
    {
      title: 'Virtual machine',
      hint: vms > 0 ? `${vms} listed.` : 'An appliance that is online lists those of its sources.',
      href: '/vms',
      action: 'See the virtual machines',
      done: vms > 0,
      rule: 'read',
    },
    {
      title: 'Backup',
      hint: 'Choose a virtual machine and back it up.',
      href: '/vms',
      action: 'Choose a virtual machine',
      done: backups > 0,
      rule: 'backup',
    },
  ]
}

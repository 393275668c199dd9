import {
  Archive,
  BrushCleaning,
  HardDrive,
  LayoutDashboard,
  type LucideIcon,
  Monitor,
  Network,
  Server,
  Settings,
} from 'lucide-react'

export interface Place {
  href: string
  name: string
  icon: LucideIcon
  /** Under the thumb on a phone; the others are behind "More". */
  thumb?: boolean
}

/** The rail, from top to bottom. */
export const places: readonly Place[] = [
  { href: '/', name: 'Overview', icon: LayoutDashboard, thumb: true },
  { href: '/vms', name: 'Virtual machines', icon: Monitor, thumb: true },
  { href: '/backups', name: 'Backups', icon: Archive, thumb: true },
  { href: '/repositories', name: 'Repositories', icon: HardDrive },
  { href: '/appliances', name: 'Appliances', icon: Server },
  { href: '/exports', name: 'Exports & tunnels', icon: Network },
  { href: '/housekeeping', name: 'Housekeeping', icon: BrushCleaning },
  { href: '/settings', name: 'Settings', icon: Settings },
]

/** True when the path is the place or below it. */
export function isHere(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
}

import { Status, type Tone } from '#components/ui/status.tsx'
import type { ApplianceView } from '#contracts/views.ts'

const words: Record<ApplianceView['state'], { tone: Tone; label: string }> = {
  online: { tone: 'ok', label: 'Online' },
  offline: { tone: 'bad', label: 'Offline' },
  mismatch: { tone: 'bad', label: 'Another version' },
  paused: { tone: 'warn', label: 'Paused' },
  revoked: { tone: 'unknown', label: 'Revoked' },
}

export function ApplianceState({ state, pill }: { state: ApplianceView['state']; pill?: boolean }) {
  return <Status {...words[state]} pill={pill} />
}

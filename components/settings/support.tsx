import { SupportBundle } from '#components/support/support-dialog.tsx'
import { Card, Section } from '#components/ui/layout.tsx'

/** The way to a support bundle of the whole hub. */
export function Support() {
  return (
    <Section title="Help with a fault" actions={<SupportBundle />}>
      <Card>
        <p className="max-w-prose text-muted">
          Logs, settings and states of this hub in one archive, without secrets. You see all of it before it is saved,
          and nothing is sent anywhere. The page of a backup has one with that backup whole.
        </p>
      </Card>
    </Section>
  )
}

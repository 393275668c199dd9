import { CANARY } from '#contracts/appliance.ts'
import { ProblemError } from '#contracts/problem.ts'
import type { ApplianceConfig, SourceConfig } from '../config.ts'
import { CanarySource } from './canary/source.ts'
import { ImageSource } from './image/source.ts'
import type { Source } from './source.ts'

/** Makes the source of one entry of the settings; each kind has its folder. */
function createSource(config: SourceConfig): Source {
  switch (config.kind) {
    case 'image':
      return new ImageSource(config)
  }
}

export function createSources(config: ApplianceConfig): Source[] {
  return config.sources.map(createSource)
}

/** @throws ProblemError source_missing */
export function findSource(config: ApplianceConfig, name: string): Source {
  if (name === CANARY.source) return new CanarySource()
  const source = createSources(config).find((each) => each.name === name)
  if (source) return source
  throw new ProblemError({
    code: 'source_missing',
    happened: `The appliance has no source named "${name}".`,
    safe: 'Nothing was changed; earlier backups are untouched.',
    remedy: "Check the sources in the appliance's settings.",
  })
}

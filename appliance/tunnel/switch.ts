import { Mutex } from '#lib/async/mutex.ts'
import type { ApplianceConfig } from '../config.ts'
import type { ControlTunnel, TunnelState } from './control.ts'

/** Holds the control tunnel of the hub in the settings: none, or one that is replaced when the hub changes. */
export class ControlSwitch implements AsyncDisposable {
  readonly #create: (config: ApplianceConfig) => ControlTunnel | null
  readonly #turn = new Mutex()
  readonly #since = new Date().toISOString()
  #tunnel: ControlTunnel | null = null
  #hub = ''
  #closed = false

  constructor(create: (config: ApplianceConfig) => ControlTunnel | null) {
    this.#create = create
  }

  get state(): TunnelState {
    return this.#tunnel?.state ?? { state: 'waiting', since: this.#since, lastError: 'no hub in the settings yet' }
  }

  apply(config: ApplianceConfig): Promise<void> {
    return this.#turn.run(async () => {
      const hub = JSON.stringify([config.hub, config.keepAliveSeconds])
      if (this.#closed || hub === this.#hub) return
      await this.#tunnel?.[Symbol.asyncDispose]()
      this.#hub = hub
      this.#tunnel = this.#create(config)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#turn.run(async () => {
      this.#closed = true
      await this.#tunnel?.[Symbol.asyncDispose]()
    })
  }
}

import { type FileHandle, open } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { addressText, type NbdAddress } from './address.ts'
import { NbdError } from './error.ts'

/** Bytes taken at once when they have no place of their own yet. */
const SCRATCH_BYTES = 64 * 1024
/** A unix socket's path, without the NUL. */
const MAX_SOCKET_PATH = 107
const KEEP_ALIVE_MS = 30_000

/** Takes what a channel receives. What it throws ends the channel. */
export interface Receiver {
  /** Where the next bytes are to be put; null: into the scratch buffer, but at most `scratchBytes` (0: as many as fit). */
  room(): Buffer | null
  readonly scratchBytes: number
  /** `bytes` were put into the room that was given. */
  received(bytes: number): void
  /** `chunk` was received elsewhere; it is only good during the call. */
  took(chunk: Buffer): void
}

async function reachable(socketPath: string): Promise<{ path: string; held: FileHandle | null }> {
  if (Buffer.byteLength(socketPath) <= MAX_SOCKET_PATH) return { path: socketPath, held: null }
  // The kernel takes a longer path when its directory is named by a descriptor.
  const held = await open(path.dirname(socketPath), 'r')
  return { path: `/proc/self/fd/${held.fd}/${path.basename(socketPath)}`, held }
}

function connectError(address: NbdAddress, cause: unknown): NbdError {
  const code = (cause as NodeJS.ErrnoException).code ?? null
  const message = `No connection to the NBD server at ${addressText(address)}: ${(cause as Error).message}`
  return new NbdError('connect', message, { errno: code, cause })
}

function namesOf(address: NbdAddress): { host?: string; servername?: string } {
  if ('socketPath' in address) return {}
  return net.isIP(address.host) === 0 ? { host: address.host, servername: address.host } : { host: address.host }
}

/** One socket, plain or TLS, that puts what it receives straight where it belongs. */
export class Channel {
  #socket: net.Socket
  readonly #address: NbdAddress
  #receiver: Receiver | null = null
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  #heads: Buffer[] = []
  #corked = false
  #placed = false
  #error: Error | null = null
  /** Resolves when the socket is closed: with what went wrong on it, or null. */
  readonly closed: Promise<Error | null>
  #onClosed: (error: Error | null) => void

  private constructor(address: NbdAddress) {
    this.#address = address
    this.#socket = new net.Socket()
    const { promise, resolve } = Promise.withResolvers<Error | null>()
    this.closed = promise
    this.#onClosed = resolve
  }

  /**
   * Connects.
   * @param options.upgradable  the connection will be given to TLS: received bytes are copied once more
   * @throws NbdError kind `connect`
   */
  static async open(address: NbdAddress, options: { upgradable: boolean }): Promise<Channel> {
    const channel = new Channel(address)
    let held: FileHandle | null = null
    try {
      if ('socketPath' in address) {
        const found = await reachable(address.socketPath)
        held = found.held
        await channel.#connect({ path: found.path }, options.upgradable)
      } else await channel.#connect({ host: address.host, port: address.port }, options.upgradable)
    } catch (error) {
      channel.destroy()
      throw connectError(address, error)
    } finally {
      // Not waited for: the server may greet in the meantime, and nobody would be there.
      held?.close().catch(() => {})
    }
    return channel
  }

  #connect(to: net.NetConnectOpts, upgradable: boolean): Promise<void> {
    const onread = {
      buffer: () => this.#nextRoom(),
      callback: (bytes: number, buffer: Uint8Array) => this.#read(bytes, buffer),
    }
    const socket = net.connect(upgradable ? to : { ...to, onread })
    this.#socket = socket
    if (upgradable) socket.on('data', this.#onData)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#watch(socket)
    return new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed')))
    })
  }

  #watch(socket: net.Socket): void {
    socket.on('error', (error) => {
      this.#error ??= error
    })
    // A server that says it sends no more is gone for us.
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#onClosed(this.#error))
  }

  readonly #onData = (chunk: Buffer) => {
    this.#guard(() => this.#receiver?.took(chunk))
  }

  #guard(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      this.#error ??= error as Error
      this.#socket.destroy()
      return false
    }
  }

  #nextRoom(): Buffer {
    const room = this.#receiver?.room() ?? null
    this.#placed = room !== null
    if (room) return room
    const bytes = this.#receiver?.scratchBytes ?? 0
    if (bytes === 0 || bytes >= SCRATCH_BYTES) return this.#scratch
    this.#heads[bytes] ??= this.#scratch.subarray(0, bytes)
    return this.#heads[bytes] as Buffer
  }

  #read(bytes: number, buffer: Uint8Array): boolean {
    return this.#guard(() => {
      if (this.#placed) this.#receiver?.received(bytes)
      else this.#receiver?.took((buffer as Buffer).subarray(0, bytes))
    })
  }

  /** Who takes what arrives from now on. */
  set receiver(receiver: Receiver) {
    this.#receiver = receiver
  }

  /**
   * Upgrades the connection, which must have been opened upgradable.
   * @throws NbdError kind `refused`: the handshake failed
   */
  async secure(options: tls.ConnectionOptions): Promise<void> {
    const plain = this.#socket
    plain.off('data', this.#onData)
    plain.removeAllListeners('close')
    // Without it the certificate would be held against "localhost"; a name also goes into the handshake.
    const named = namesOf(this.#address)
    try {
      const socket = tls.connect({ ...named, ...options, socket: plain })
      this.#socket = socket
      this.#watch(socket)
      await new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve)
        socket.once('error', reject)
        socket.once('close', () => reject(this.#error ?? new Error('the server closed the connection')))
      })
      socket.on('data', this.#onData)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? null
      const message = `TLS with the NBD server failed: ${(error as Error).message}`
      throw new NbdError('refused', message, { errno: code, cause: error })
    }
  }

  /** Sends buffers as they are, which must not change until the server has answered. What is sent in one turn goes together. */
  send(...buffers: readonly Buffer[]): void {
    const socket = this.#socket
    if (!this.#corked) {
      this.#corked = true
      socket.cork()
      process.nextTick(() => {
        this.#corked = false
        socket.uncork()
      })
    }
    for (const buffer of buffers) socket.write(buffer)
  }

  /** Bytes that the kernel has not taken. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }
  get receivedBytes(): number {
    return this.#socket.bytesRead
  }
  get sentBytes(): number {
    return Math.max(0, this.#socket.bytesWritten - this.#socket.writableLength)
  }
  get localPort(): number | null {
    return this.#socket.localPort ?? null
  }

  /** Sends what is queued, then closes. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

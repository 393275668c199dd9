import { writeFile } from 'node:fs/promises'
import path from 'node:path'

/** ssh's ProxyCommand: carries stdin and stdout to host and port, as fast as the file says (bytes a second; empty: no limit). */
const PROXY = `
  const net = require('node:net'), fs = require('node:fs')
  const [file, host, port] = process.argv.slice(2)
  const socket = net.connect(Number(port), host)
  const pump = (from, to) => {
    from.on('data', (bytes) => {
      from.pause()
      const rate = Number(fs.readFileSync(file, 'utf8'))
      const go = () => (to.write(bytes) ? from.resume() : to.once('drain', () => from.resume()))
      rate > 0 ? setTimeout(go, (bytes.length / rate) * 1000) : go()
    })
    from.on('end', () => to.end())
    from.on('error', () => process.exit(1))
  }
  pump(process.stdin, socket)
  pump(socket, process.stdout)
`

export interface Throttle {
  /** For a shim of ssh: its own connection goes through us. */
  shim: string
  /** Bytes a second, for each direction; null: as fast as it can. */
  setRate(bytesPerSecond: number | null): Promise<void>
}

/** A narrow line for one ssh of several. */
export async function sshThrottle(directory: string): Promise<Throttle> {
  const [script, rate] = [path.join(directory, 'proxy.cjs'), path.join(directory, 'proxy.rate')]
  await writeFile(script, PROXY)
  const setRate = (bytesPerSecond: number | null) => writeFile(rate, bytesPerSecond === null ? '' : `${bytesPerSecond}`)
  await setRate(null)
  return {
    shim: `echo '  ProxyCommand ${process.execPath} ${script} ${rate} %h %p' >> "$2"`,
    setRate,
  }
}
